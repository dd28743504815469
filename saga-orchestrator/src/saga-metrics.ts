import type { Db } from '@sagacity/chassis/db/database';
import { durationBuckets } from '@sagacity/chassis/metrics/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { isOver } from './engine/instance.ts';
import { countOpenDeadLetters } from './persistence/dead-letters.ts';
import { countActiveSagas, timersOverdueSeconds } from './persistence/saga-gauges.ts';
import type { SagaChange, StoredEvent } from './persistence/stored-saga.ts';
import type { SagaObserver } from './use-cases/saga-session.ts';

const activeStates = ['running', 'compensating', 'paused', 'needs_attention'] as const;

/** Counts what was committed, and nothing that was rolled back. */
export function sagaMetrics(registry: Registry): SagaObserver {
  const registers = [registry];
  const countStarted = tallied(registry, {
    name: 'saga_started_total',
    help: 'Sagas begun.',
    labelNames: ['type'],
  });
  const duration = new Histogram({
    name: 'saga_duration_seconds',
    help: 'Time from the begin of a saga to its end, by end.',
    labelNames: ['type', 'state'],
    buckets: [...durationBuckets, 30, 60, 300],
    registers,
  });
  const steps = new Histogram({
    name: 'saga_step_duration_seconds',
    help: 'Time from the first command of a step to its conclusive answer.',
    labelNames: ['step', 'direction'],
    buckets: durationBuckets,
    registers,
  });
  const countCommand = tallied(registry, {
    name: 'saga_commands_total',
    help: 'Commands sent, by why they were: first, probe, retry or operator.',
    labelNames: ['step', 'direction', 'cause'],
  });
  const countReply = tallied(registry, {
    name: 'saga_replies_total',
    help: 'Replies taken in, by what became of them: applied, duplicate, late, stale_attempt or orphan.',
    labelNames: ['verdict', 'outcome'],
  });
  const countAttention = tallied(registry, {
    name: 'saga_attention_total',
    help: 'Calls for attention.',
    labelNames: ['code'],
  });

  const countEvent = (event: StoredEvent) => {
    const { kind, step = '', direction = '', detail = {} } = event;
    if (kind === 'command.sent') countCommand(step, direction, String(detail.cause ?? 'first'));
    else if (kind.startsWith('reply.')) countReply(kind.slice('reply.'.length), String(detail.outcome));
    else if (kind === 'attention.raised') countAttention(String(detail.code));
  };

  return (changes) => {
    for (const change of changes) {
      const { before, after, events } = change;
      if (before.version === 0) countStarted(after.instance.type);
      for (const event of events) countEvent(event);
      for (const { step, direction, seconds } of settledSteps(change)) steps.observe({ step, direction }, seconds);
      if (after.endedAtMs === null || isOver(before.instance)) continue;
      const labels = { type: after.instance.type, state: after.instance.phase };
      duration.observe(labels, (after.endedAtMs - after.createdAtMs) / 1000);
    }
  };
}

/**
 * A counter for what happens often. Calls, with the values of its labels in their order, are only tallied, and added up when somebody
 * asks for the metrics: `inc` checks the labels and joins them, each time.
 */
function tallied(
  registry: Registry,
  { labelNames, ...counter }: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
): (...values: readonly string[]) => void {
  const tally = new Map<string, number>();
  new Counter({
    ...counter,
    labelNames,
    registers: [registry],
    collect() {
      for (const [key, count] of tally) {
        const values = key.split('\n');
        this.inc(Object.fromEntries(labelNames.map((label, index) => [label, values[index] ?? ''])), count);
      }
      tally.clear();
    },
  });
  return (...values) => {
    const key = values.join('\n');
    tally.set(key, (tally.get(key) ?? 0) + 1);
  };
}

/** Gauges over all sagas, read from the database at each scrape; every instance shows the same. */
export function sagaGauges(registry: Registry, db: Db): void {
  const registers = [registry];
  const oldest = new Gauge({
    name: 'saga_oldest_in_state_seconds',
    help: 'How long the saga that is in its state longest has been there.',
    labelNames: ['state'],
    registers,
  });
  const attention = new Gauge({ name: 'saga_needing_attention', help: 'Sagas that call for attention.', registers });
  new Gauge({
    name: 'saga_active',
    help: 'Sagas that are not at their end.',
    labelNames: ['state'],
    registers,
    async collect() {
      const rows = new Map((await countActiveSagas(db)).map((row) => [row.state, row]));
      for (const state of activeStates) {
        this.set({ state }, rows.get(state)?.sagas ?? 0);
        oldest.set({ state }, rows.get(state)?.oldest_s ?? 0);
      }
      attention.set([...rows.values()].reduce((sum, row) => sum + row.attention, 0));
    },
  });
  new Gauge({
    name: 'dead_letters_open',
    help: 'Dead letters that nobody has replayed, by the queue they were for.',
    labelNames: ['queue'],
    registers,
    async collect() {
      this.reset();
      for (const { queue, letters } of await countOpenDeadLetters(db)) this.set({ queue }, letters);
    },
  });
  new Gauge({
    name: 'saga_timers_overdue_seconds',
    help: 'How late the timer is that is due longest.',
    registers,
    async collect() {
      this.set(await timersOverdueSeconds(db));
    },
  });
}

function settledSteps({ before, after }: SagaChange) {
  const settled = [];
  for (const [key, record] of Object.entries(after.instance.steps)) {
    const known = before.instance.steps[key];
    const { step, direction, settledAtMs, firstSentAtMs } = record;
    if (record === known || settledAtMs === null || (known && known.settledAtMs !== null)) continue;
    settled.push({ step, direction, seconds: (settledAtMs - firstSentAtMs) / 1000 });
  }
  return settled;
}
