import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { type OutboxOverview, outboxOverviewSchema } from '../contract/http.ts';
import type { OutboxReaders } from '../queries/outbox-readers.ts';

export function outboxRoutes({ readers }: { readonly readers: OutboxReaders }): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/outbox',
      operationId: 'getOutboxes',
      summary: 'Backlog, age, lease and dead messages of each outbox',
      access: 'admin',
      answers: { 200: { description: 'One entry for each database', schema: outboxOverviewSchema } },
      handle: async () => ok(await overview(readers)),
    }),
  ];
}

async function overview(readers: OutboxReaders): Promise<OutboxOverview> {
  const states = await readers.readAll();
  return {
    items: readers.databases.map((database) => {
      const state = states.find((candidate) => candidate.database === database);
      return {
        database,
        backlog: state?.backlog ?? null,
        oldest_age_ms: state ? Math.round(state.oldestAgeMs) : null,
        lease: state?.leaseHolder ?? null,
        dead: state?.dead ?? null,
        blocked: state?.blocked ?? null,
        paused_since: state?.pausedSince?.toISOString() ?? null,
        pause_reason: state?.pauseReason ?? null,
      };
    }),
  };
}
