import type { Db } from '@sagacity/chassis/db/database';
import { durationBuckets } from '@sagacity/chassis/metrics/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { findRecord, isOver } from './engine/instance.ts';
import { countOpenDeadLetters } from './persistence/dead-letters.ts';
import { countActiveSagas, timersOverdueSeconds } from './persistence/saga-gauges.ts';
import type { SagaChange, StoredEvent } from './persistence/stored-saga.ts';
import type { SagaObserver } from './use-cases/saga-session.ts';

const activeStates = ['running', 'compensating', 'paused', 'needs_attention'] as const;

/** Counts what was committed, and nothing that was rolled back. */
export function sagaMetrics(registry: Registry): SagaObserver {
  const registers = [registry];
  const started = new Counter({ name: 'saga_started_total', help: 'Sagas begun.', labelNames: ['type'], registers });
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
  const commands = new Counter({
    name: 'saga_commands_total',
    help: 'Commands sent, by why they were: first, probe, retry or operator.',
    labelNames: ['step', 'direction', 'cause'],
    registers,
  });
  const replies = new Counter({
    name: 'saga_replies_total',
    help: 'Replies taken in, by what became of them: applied, duplicate, late, stale_attempt or orphan.',
    labelNames: ['verdict', 'outcome'],
    registers,
  });
  const attention = new Counter({
    name: 'saga_attention_total',
    help: 'Calls for attention.',
    labelNames: ['code'],
    registers,
  });

  const countEvent = (event: StoredEvent) => {
    const { kind, step = '', direction = '', detail = {} } = event;
    const [subject, verdict = ''] = kind.split('.');
    if (kind === 'saga.started') return;
    if (kind === 'command.sent') commands.inc({ step, direction, cause: String(detail.cause ?? 'first') });
    else if (subject === 'reply') replies.inc({ verdict, outcome: String(detail.outcome) });
    else if (kind === 'attention.raised') attention.inc({ code: String(detail.code) });
  };

  return (changes) => {
    for (const change of changes) {
      const { before, after, events } = change;
      if (before.version === 0) started.inc({ type: after.instance.type });
      for (const event of events) countEvent(event);
      for (const { step, direction, seconds } of settledSteps(change)) steps.observe({ step, direction }, seconds);
      if (after.endedAtMs === null || isOver(before.instance)) continue;
      const labels = { type: after.instance.type, state: after.instance.phase };
      duration.observe(labels, (after.endedAtMs - after.createdAtMs) / 1000);
    }
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
  return Object.values(after.instance.steps)
    .filter(({ step, direction, settledAtMs }) => {
      const known = findRecord(before.instance, step, direction);
      return settledAtMs !== null && (known?.settledAtMs ?? null) === null;
    })
    .map(({ step, direction, settledAtMs, firstSentAtMs }) => ({
      step,
      direction,
      seconds: ((settledAtMs ?? firstSentAtMs) - firstSentAtMs) / 1000,
    }));
}
