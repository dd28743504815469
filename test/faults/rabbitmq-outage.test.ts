import { setTimeout as delay } from 'node:timers/promises';
import type { AuditDatabases } from '@sagacity/audit/read-facts';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import type { PlacedOrder } from './load.ts';
import { type Gate, openOutage } from './outage.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';
import { start, stop } from './servers.ts';

/** At full size each third of the orders comes evenly over so long: before, while RabbitMQ is away, after. */
const phaseMs = 60_000;

describe('RabbitMQ, stopped under load and started again,', () => {
  const scenario = openScenario('RabbitMQ stopped for a minute', { test: 30, chaos: 1_000 });
  const third = Math.floor(scenario.orders / 3);
  const proof = openProof();
  const outage = openOutage(scenario);

  before(async function () {
    this.timeout(scenario.timeoutMs);
    await outage.start();
  });
  after(async function () {
    this.timeout(scenario.timeoutMs);
    await proof.close();
    await outage.close();
  });

  it('delays orders and loses none: they are taken meanwhile and go their way afterwards', async () => {
    const phases = openPhases(third, scenario.isFullSize ? phaseMs : 0);
    let backlogMs = 0;
    phases.open(0);

    const { placed, refused, retries } = await outage.run(async ({ answered }) => {
      const untilAnswered = (count: number) =>
        waitFor(`${count} orders are answered`, () => answered() >= count, scenario.timeoutMs, 50);
      await untilAnswered(third);
      await stop('rabbitmq');
      scenario.say('RabbitMQ is gone');
      phases.open(1);
      await untilAnswered(2 * third);
      await start('rabbitmq');
      const backAt = performance.now();
      scenario.say(`RabbitMQ is back; ${await waitingRows(proof.databases)} messages wait in the outboxes`);
      phases.open(2);
      await waitFor(
        'no message of before waits any more',
        async () => (await oldestAgeMs(proof.databases)) < performance.now() - backAt,
        scenario.timeoutMs,
        50,
      );
      backlogMs = performance.now() - backAt;
    }, phases.gate);

    await proof.prove(scenario, placed, [
      ['refused at once', Object.values(refused).reduce((sum, count) => sum + count, 0)],
      ['calls that had to be repeated', retries],
      ['answered while RabbitMQ was away', third],
      ['seconds until the backlog was published', (backlogMs / 1000).toFixed(1)],
      [
        'POST to confirmed before it, p50 / p95 ms',
        await confirmedWithin(proof.databases, placed.slice(0, third - 12)),
      ],
      ['POST to confirmed after it, p50 / p95 ms', await confirmedWithin(proof.databases, placed.slice(2 * third))],
    ]);
    expect(retries, 'RabbitMQ is not needed to take an order').to.equal(0);
  }).timeout(scenario.timeoutMs);
});

/** Lets orders through by thirds, those of an open third evenly over the time of a phase. */
function openPhases(third: number, lengthMs: number): { readonly gate: Gate; open(phase: number): void } {
  const opened = [0, 1, 2].map(() => Promise.withResolvers<number>());
  return {
    open: (phase) => opened[phase]?.resolve(performance.now()),
    gate: async (index) => {
      const phase = Math.min(2, Math.floor(index / third));
      const since = (await opened[phase]?.promise) ?? 0;
      const due = since + ((index - phase * third) / third) * lengthMs;
      if (due > performance.now()) await delay(due - performance.now());
    },
  };
}

async function waitingRows(databases: AuditDatabases): Promise<number> {
  const counts = await Promise.all(Object.values(databases).map((db) => db('outbox').count({ count: '*' }).first()));
  return counts.reduce((sum, row) => sum + Number(row?.count ?? 0), 0);
}

async function oldestAgeMs(databases: AuditDatabases): Promise<number> {
  const ages = await Promise.all(
    Object.values(databases).map((db) =>
      db('outbox').first(db.raw('extract(epoch FROM clock_timestamp() - min(created_at)) * 1000 AS age')),
    ),
  );
  return Math.max(0, ...ages.map((row) => Number(row?.age ?? 0)));
}

async function confirmedWithin({ orders_db }: AuditDatabases, placed: readonly PlacedOrder[]): Promise<string> {
  const { rows } = await orders_db.raw(
    `SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM h.at - o.created_at) * 1000) AS ms
     FROM orders o JOIN order_status_history h ON h.order_id = o.id AND h.to_status = 'confirmed'
     WHERE o.id = ANY (?::bigint[])`,
    [placed.map(({ id }) => id)],
  );
  return (rows[0].ms as number[] | null)?.map((ms) => ms.toFixed(0)).join(' / ') ?? 'none';
}
