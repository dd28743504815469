import { expect } from 'chai';
import { Registry } from 'prom-client';
import { advance } from './engine/advance.ts';
import type { Direction } from './engine/definition.ts';
import type { SagaInput } from './engine/input.ts';
import { newInstance } from './engine/new-instance.ts';
import type { SagaChange, StoredSaga } from './persistence/stored-saga.ts';
import { sagaMetrics } from './saga-metrics.ts';
import { placeOrder } from './sagas/place-order.ts';

const begun: StoredSaga = {
  instance: newInstance(placeOrder, { id: 'a', orderId: 1, data: { order_id: 1, items: [] } }),
  userId: 1,
  version: 0,
  lastSeq: 0,
  traceparent: null,
  createdAtMs: 1_000,
  stateEnteredAtMs: 1_000,
  endedAtMs: null,
  wakeupAtMs: null,
};

describe('the metrics of sagas', () => {
  it('add up what happened before and between the looks at them', async () => {
    const registry = new Registry();
    const observe = sagaMetrics(registry);
    const start = changeOf(begun, { kind: 'start', atMs: 1_000 });
    const reply = changeOf(start.after, replyOf('reserve-stock', 'forward', 3_000));

    observe([start, start, reply]);
    const first = await linesOf(registry);
    const again = await linesOf(registry);
    observe([reply]);

    expect(first).to.deep.equal([
      'saga_started_total{type="place-order"} 2',
      'saga_step_duration_seconds_sum{step="reserve-stock",direction="forward"} 2',
      'saga_step_duration_seconds_count{step="reserve-stock",direction="forward"} 1',
      'saga_commands_total{step="reserve-stock",direction="forward",cause="first"} 2',
      'saga_commands_total{step="charge-payment",direction="forward",cause="first"} 1',
      'saga_replies_total{verdict="applied",outcome="done"} 1',
    ]);
    expect(again).to.deep.equal(first);
    expect(await linesOf(registry)).to.include.members([
      'saga_started_total{type="place-order"} 2',
      'saga_commands_total{step="charge-payment",direction="forward",cause="first"} 2',
      'saga_replies_total{verdict="applied",outcome="done"} 2',
    ]);
  });

  it('show the duration of a step once, when it is settled', async () => {
    const registry = new Registry();
    const observe = sagaMetrics(registry);
    const start = changeOf(begun, { kind: 'start', atMs: 1_000 });
    const forced = changeOf(start.after, {
      kind: 'operator',
      atMs: 2_500,
      order: { action: 'force-compensate', actor: 'admin 1', reason: 'why' },
    });

    observe([start, forced]);
    // It marks the step as undone, which was settled before.
    observe([changeOf(forced.after, replyOf('reserve-stock', 'compensate', 4_500))]);

    expect((await linesOf(registry)).filter((line) => line.startsWith('saga_step'))).to.deep.equal([
      'saga_step_duration_seconds_sum{step="reserve-stock",direction="forward"} 1.5',
      'saga_step_duration_seconds_count{step="reserve-stock",direction="forward"} 1',
      'saga_step_duration_seconds_sum{step="reserve-stock",direction="compensate"} 2',
      'saga_step_duration_seconds_count{step="reserve-stock",direction="compensate"} 1',
    ]);
  });
});

function replyOf(step: string, direction: Direction, atMs: number): SagaInput {
  const rest = { code: null, detail: null, retryAfterMs: null, result: null };
  return { kind: 'reply', atMs, reply: { messageId: 'm', step, direction, attempt: 1, outcome: 'done', ...rest } };
}

function changeOf(before: StoredSaga, input: SagaInput): SagaChange {
  const { instance, timeline } = advance(placeOrder, before.instance, input);
  const events = timeline.map((entry, index) => ({ ...entry, sagaId: instance.id, seq: before.lastSeq + index + 1 }));
  const after = { ...before, instance, version: before.version + 1, lastSeq: before.lastSeq + events.length };
  return { before, after, events };
}

async function linesOf(registry: Registry): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'));
}
