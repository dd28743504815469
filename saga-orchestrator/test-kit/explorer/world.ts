import type { AnyDefinition, Direction } from '../../src/engine/definition.ts';
import {
  isActive,
  isBounded,
  type ReplyOutcome,
  type SagaInstance,
  type StepRecord,
} from '../../src/engine/instance.ts';
import { newInstance } from '../../src/engine/new-instance.ts';
import { cancelOrder } from '../../src/sagas/cancel-order.ts';
import { placeOrder } from '../../src/sagas/place-order.ts';

/** What a participant remembers of a command, by saga, step and direction. */
export interface Remembered {
  readonly state: 'pending' | 'answered' | 'tombstone';
  readonly outcome: ReplyOutcome;
  readonly result?: Readonly<Record<string, string>>;
}

/** A reply that nothing remembers: it can be delivered again, but its participant would not repeat it. */
export interface Passing {
  readonly saga: SagaName;
  readonly step: string;
  readonly direction: Direction;
  readonly attempt: number;
  readonly outcome: 'transient' | 'expired' | 'unprocessable';
}

export type SagaName = 'place' | 'cancel';

/**
 * One order with everything that decides its fate. Messages are not in it: what was sent follows from the sagas' records, what was
 * answered from the participants' memory, and both can be delivered at any time, in any order, again and again, or never.
 */
export interface World {
  readonly place: SagaInstance;
  readonly cancel: SagaInstance | null;
  readonly order: {
    readonly status: 'pending' | 'confirmed' | 'cancelling' | 'rejected' | 'cancelled';
    readonly confirmable: boolean;
  };
  readonly stock: 'none' | 'reserved' | 'released' | 'committed' | 'returned';
  readonly payment: 'none' | 'asked' | 'held' | 'declined' | 'voided' | 'captured' | 'refunded';
  readonly charges: number;
  readonly memory: Readonly<Record<string, Remembered>>;
  readonly passing: readonly Passing[];
  /** The customer's request: not made, on its way to the orchestrator, or arrived. */
  readonly request: 'none' | 'under_way' | 'arrived';
  /** What must never happen and did. */
  readonly breach: string | null;
}

/** Attempts beyond this one are taken for this one: the engine and the participants make no difference between them. */
export const lastAttempt = 2;

/** The sagas of the shop, with one probe before a step is unknown, since a second one leads nowhere new. */
export const definitions: Readonly<Record<SagaName, AnyDefinition>> = {
  place: withAttempts(placeOrder),
  cancel: withAttempts(cancelOrder),
};

export function beginning(): World {
  return {
    place: newInstance(definitions.place, { id: 'place', orderId: 7, data: { order_id: 7, items: [] } }),
    cancel: null,
    order: { status: 'pending', confirmable: true },
    stock: 'none',
    payment: 'none',
    charges: 0,
    memory: {},
    passing: [],
    request: 'none',
    breach: null,
  };
}

export function memoryKey(saga: SagaName, step: string, direction: Direction): string {
  return `${saga}:${step}:${direction}`;
}

/** Forgets what no decision depends on, so that states which differ in nothing else are one: times, error texts, high attempt numbers. */
export function abstracted(saga: SagaInstance): SagaInstance {
  const steps = Object.entries(saga.steps)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, record]): [string, StepRecord] => [key, abstractedRecord(record)]);
  return {
    ...saga,
    cancel: saga.cancel && { by: saga.cancel.by, actor: null, reason: null },
    failure: saga.failure && { code: 'failed', detail: null, step: null },
    attention: null,
    pausedAtMs: saga.pausedAtMs === null ? null : 0,
    steps: Object.fromEntries(steps),
  };
}

/** Attempts are told apart only as long as one more or less decides anything: while a step is asked that can be given up. */
function abstractedRecord(record: StepRecord): StepRecord {
  const counts = isActive(record) && isBounded(record);
  return {
    ...record,
    attempt: counts ? Math.min(record.attempt, lastAttempt) : 1,
    spent: counts ? record.spent : 0,
    firstSentAtMs: 0,
    lastSentAtMs: 0,
    wakeAtMs: record.wakeAtMs === null ? null : 0,
    settledAtMs: record.settledAtMs === null ? null : 0,
    outcome: record.state === 'resolved_manually' ? record.outcome : null,
    error: null,
  };
}

/** The same for two worlds exactly when nothing can ever tell them apart. */
export function identityOf(world: World): string {
  return JSON.stringify([
    identityOfSaga(world.place),
    world.cancel && identityOfSaga(world.cancel),
    world.order,
    world.stock,
    world.payment,
    world.charges,
    Object.entries(world.memory).sort(([a], [b]) => (a < b ? -1 : 1)),
    world.passing.map((reply) => Object.values(reply).join(' ')).sort(),
    world.request,
    world.breach,
  ]);
}

const sagaIdentities = new WeakMap<SagaInstance, string>();

function identityOfSaga(saga: SagaInstance): string {
  const known = sagaIdentities.get(saga);
  if (known !== undefined) return known;
  const identity = JSON.stringify(sagaFacts(saga));
  sagaIdentities.set(saga, identity);
  return identity;
}

function sagaFacts({ phase, pivotPassed, cancel, failure, pausedAtMs, steps }: SagaInstance): unknown {
  const records = Object.values(steps).map(({ step, direction, state, attempt, spent, outcome }) =>
    [step, direction, state, attempt, spent, outcome].join(' '),
  );
  return [phase, pivotPassed, cancel?.by, failure !== null, pausedAtMs !== null, records];
}

function withAttempts(definition: AnyDefinition): AnyDefinition {
  const groups = definition.groups.map((group) => group.map((step) => ({ ...step, attempts: lastAttempt })));
  return { ...definition, groups };
}
