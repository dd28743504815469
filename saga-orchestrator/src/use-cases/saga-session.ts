import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit, withCommit } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { appendCommand } from '@sagacity/chassis/participant/envelope';
import { advance } from '../engine/advance.ts';
import type { AnyDefinition } from '../engine/definition.ts';
import type { SagaInput } from '../engine/input.ts';
import { isOver, nextWakeupMs, type SagaInstance, stateOf } from '../engine/instance.ts';
import { newInstance } from '../engine/new-instance.ts';
import type { Advance, LinkedSaga, OutgoingCommand, TimelineEntry } from '../engine/output.ts';
import type { SagaCache } from '../persistence/saga-cache.ts';
import { lockSagas, saveSagas } from '../persistence/sagas.ts';
import type { SagaChange, StoredEvent, StoredSaga } from '../persistence/stored-saga.ts';
import type { Catalogue } from '../sagas/catalogue.ts';

/** The message or request because of which a saga goes on; nothing for a timer. */
export interface Cause {
  readonly messageId?: string;
  readonly traceparent?: string;
}

export interface NewSaga {
  readonly id: string;
  readonly orderId: number;
  readonly userId: number;
  readonly data: unknown;
}

/** Hears of what was committed. */
export type SagaObserver = (changes: readonly SagaChange[]) => void;

/** An input without its time, which the session has from the database. */
type Untimed<I> = I extends unknown ? Omit<I, 'atMs'> : never;
export type UntimedInput = Untimed<SagaInput>;

interface Working {
  readonly before: StoredSaga;
  after: StoredSaga;
  readonly events: StoredEvent[];
}

/**
 * The sagas of one transaction: locked and read together (`load`), advanced one input after the other, and written together
 * with the commit, whatever the number of messages. If the transaction rolls back, nothing was changed or sent.
 */
export class SagaSession {
  readonly #trx: Trx;
  readonly #catalogue: Catalogue;
  readonly #cache: SagaCache;
  readonly #sagas = new Map<string, Working>();
  #nowMs = 0;

  constructor(trx: Trx, catalogue: Catalogue, cache: SagaCache) {
    this.#trx = trx;
    this.#catalogue = catalogue;
    this.#cache = cache;
  }

  /** The database's clock when the sagas were read. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Locks and reads those of the sagas that exist. Called once per transaction, so that the locks are taken in one order. */
  async load(ids: readonly string[]): Promise<void> {
    const { nowMs, sagas } = await lockSagas(this.#trx, [...new Set(ids)], this.#cache);
    this.#nowMs = nowMs;
    for (const saga of sagas) this.#sagas.set(saga.instance.id, { before: saga, after: saga, events: [] });
  }

  find(id: string): StoredSaga | undefined {
    return this.#sagas.get(id)?.after;
  }

  /** Begins a saga of the newest version of its type; one that has begun before only notes it. */
  start(type: string, saga: NewSaga, cause: Cause): void {
    if (!this.#sagas.has(saga.id)) {
      const { userId, ...rest } = saga;
      const fresh = this.#fresh(newInstance(this.#catalogue.latest(type), rest), userId, cause);
      this.#sagas.set(saga.id, { before: fresh, after: fresh, events: [] });
    }
    this.give(saga.id, { kind: 'start' }, cause);
  }

  /** Gives an input to a saga that was loaded or started, and appends the commands that it leads to. */
  give(id: string, input: UntimedInput, cause: Cause): Advance {
    const working = this.#sagas.get(id);
    if (!working) throw new Error(`the saga ${id} was not loaded`);
    const { instance } = working.after;
    const result = advance(this.#definitionOf(instance), instance, { ...input, atMs: this.#nowMs } as SagaInput);
    const ids = result.commands.map((command) => this.#send(working.after, command, cause));
    this.#note(working, result, ids, cause);
    for (const linked of result.linked) this.#startLinked(working.after, linked, cause);
    return result;
  }

  /** What an input would lead to; nothing is kept of it. */
  preview(id: string, input: UntimedInput): Advance {
    const saga = this.find(id);
    if (!saga) throw new Error(`the saga ${id} was not loaded`);
    const timed = { ...input, atMs: this.#nowMs } as SagaInput;
    return advance(this.#definitionOf(saga.instance), saga.instance, timed);
  }

  /** What is to be written. */
  get changes(): readonly SagaChange[] {
    return [...this.#sagas.values()].filter(({ before, after }) => before !== after);
  }

  #fresh(instance: SagaInstance, userId: number, { traceparent }: Cause): StoredSaga {
    const times = { createdAtMs: this.#nowMs, stateEnteredAtMs: this.#nowMs, endedAtMs: null, wakeupAtMs: null };
    return { instance, userId, version: 0, lastSeq: 0, traceparent: traceparent ?? null, ...times };
  }

  /** One that is over needs no particular version any more. */
  #definitionOf(instance: SagaInstance): AnyDefinition {
    if (isOver(instance)) return this.#catalogue.latest(instance.type);
    return this.#catalogue.get(instance.type, instance.definitionVersion);
  }

  #startLinked(saga: StoredSaga, { type, reason }: LinkedSaga, cause: Cause): void {
    const { orderId } = saga.instance;
    const data = { order_id: orderId, reason: reason ?? 'order.cancel_requested' };
    this.start(type, { id: uuid7(), orderId, userId: saga.userId, data }, withTrace(cause, saga));
  }

  #send(saga: StoredSaga, command: OutgoingCommand, cause: Cause): string {
    const { id, type, definitionVersion: version, orderId } = saga.instance;
    const { step, direction, attempt, deadlineAtMs } = command;
    const { traceparent } = withTrace(cause, saga);
    return appendCommand(this.#trx, {
      type: command.type,
      saga: { id, type, version, step, direction, attempt },
      issuedAt: new Date(this.#nowMs),
      deadline: deadlineAtMs === null ? null : new Date(deadlineAtMs),
      data: command.data,
      context: {
        correlationId: `order-${orderId}`,
        ...(cause.messageId === undefined ? {} : { causationId: cause.messageId }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
    });
  }

  #note(working: Working, { instance, timeline }: Advance, commandIds: readonly string[], cause: Cause): void {
    const saga = working.after;
    const wakeupAtMs = wakeupToKeep(saga.wakeupAtMs, nextWakeupMs(instance), this.#nowMs);
    const changed = instance !== saga.instance || timeline.length > 0;
    if (!changed && wakeupAtMs === saga.wakeupAtMs) return;
    const ids = commandIds.values();
    const events = timeline.map((entry, index) => ({
      ...entry,
      ...(entry.kind === 'command.sent' ? sentFacts(ids.next().value, cause) : {}),
      sagaId: instance.id,
      seq: saga.lastSeq + index + 1,
    }));
    working.events.push(...events);
    const entered = stateOf(instance) !== stateOf(saga.instance);
    working.after = {
      ...saga,
      instance,
      // One more than what is stored, however many inputs there were; a wake-up that moves is no change that anybody could see.
      version: changed ? working.before.version + 1 : saga.version,
      lastSeq: saga.lastSeq + events.length,
      stateEnteredAtMs: entered ? this.#nowMs : saga.stateEnteredAtMs,
      endedAtMs: saga.endedAtMs ?? (isOver(instance) ? this.#nowMs : null),
      wakeupAtMs,
    };
  }
}

/**
 * When the timers must look at a saga that needs them at the given moment. A wake-up that is to come anyway is kept when it is early
 * enough: then it finds nothing due and is moved, which costs less than moving it with each message.
 */
export function wakeupToKeep(keptMs: number | null, neededMs: number | null, nowMs: number): number | null {
  if (neededMs === null || keptMs === null) return neededMs;
  return keptMs > nowMs && keptMs <= neededMs ? keptMs : neededMs;
}

/** Opens sessions, one per transaction. What they commit is remembered in the cache, and told to the observer. */
export interface SagaSessions {
  of(trx: Trx): SagaSession;
}

export function createSagaSessions(catalogue: Catalogue, cache: SagaCache, observe: SagaObserver): SagaSessions {
  const open = new WeakMap<Trx, SagaSession>();
  return {
    of: (trx) => {
      const known = open.get(trx);
      if (known) return known;
      const session = new SagaSession(trx, catalogue, cache);
      open.set(trx, session);
      withCommit(trx, () => {
        const { changes } = session;
        if (changes.length === 0) return [];
        afterCommit(trx, () => {
          for (const { after } of changes) cache.keep(after);
          observe(changes);
        });
        return [saveSagas(changes, session.nowMs)];
      });
      return session;
    },
  };
}

function withTrace(cause: Cause, saga: StoredSaga): Cause {
  const traceparent = cause.traceparent ?? saga.traceparent ?? undefined;
  return { ...cause, ...(traceparent === undefined ? {} : { traceparent }) };
}

function sentFacts(messageId: string | undefined, { messageId: causationId }: Cause): Partial<TimelineEntry> {
  return {
    ...(messageId === undefined ? {} : { messageId }),
    ...(causationId === undefined ? {} : { causationId }),
  };
}
