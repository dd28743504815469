import { allEnded } from '../src/db/all-ended.ts';
import type { Db, Trx } from '../src/db/database.ts';
import { uuid7 } from '../src/ids/uuid7.ts';
import { handleBatch } from '../src/messaging/batch.ts';
import type { Accepted } from '../src/messaging/incoming.ts';
import { type Command, commandHandlers } from '../src/participant/commands.ts';
import { type CommandSaga, commandBody, type ReplyBody } from '../src/participant/envelope.ts';
import { type CommandOutcome, deferred, done } from '../src/participant/outcomes.ts';
import { cloneDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

type Direction = 'forward' | 'compensate';
type Decision = (trx: Trx, command: Command) => CommandOutcome | Promise<CommandOutcome>;

/** A database and the handlers of a step's command and of its compensation, which a test calls without a broker. */
export interface ParticipantFixture {
  readonly db: Db;
  /** What the handlers do; a test sets it. */
  readonly decide: Record<Direction, Decision>;
  /** The direction of each command that was handed over, and what its forward command had become. */
  readonly handled: readonly string[];
  forward(saga: CommandSaga, deadline?: Date): Accepted;
  compensation(saga: CommandSaga): Accepted;
  /** Handles commands in one transaction, which is tried once. */
  handle(...items: readonly Accepted[]): Promise<void>;
  /** Handles two commands in a transaction each, the other while the first one's handler is about to end as it is told. */
  sideBySide(first: Accepted, other: Accepted, ending?: CommandOutcome | Error): Promise<void>;
  deferredSagas(count: number): Promise<readonly CommandSaga[]>;
  /** The direction and outcome of each reply. */
  outcomes(): Promise<string[]>;
  /** Which attempt each reply answers. */
  attempts(): Promise<number[]>;
  /** The verbs of the statements about commands' records that the work sends. */
  statementsOf(work: () => Promise<void>): Promise<string[]>;
  someoneWaits(count?: number): Promise<void>;
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export async function startParticipant(): Promise<ParticipantFixture> {
  const database = await cloneDatabase('orders_db', 'order_service');
  const { db } = database;
  const decide: Record<Direction, Decision> = { forward: () => done(), compensate: () => done() };
  const handled: string[] = [];

  const spec = (direction: Direction) => ({
    data: { type: 'object' } as const,
    handle: async (trx: Trx, command: Command) => {
      handled.push(`${direction} ${command.forward}`);
      return decide[direction](trx, command);
    },
  });
  const handlers = commandHandlers('test-service', {
    'test-service.hold': spec('forward'),
    'test-service.free': spec('compensate'),
  });
  const accepted = (type: string, saga: CommandSaga, deadline: Date | null = null): Accepted => {
    const handler = handlers[type];
    if (!handler) throw new Error(`no handler of ${type}`);
    const messageId = uuid7();
    const context = { correlationId: 'order-1' };
    const body = commandBody({ type, saga, issuedAt: new Date(), deadline, data: {}, context }, messageId);
    return { handler, message: { messageId, type, body, context, retryCount: 0, redelivered: false } };
  };
  const replies = async (): Promise<ReplyBody[]> => {
    const payloads = await db('outbox').orderBy('id').pluck('payload');
    return payloads.map((payload) => JSON.parse(payload));
  };

  const fixture: ParticipantFixture = {
    db,
    decide,
    handled,
    forward: (saga, deadline) => accepted('test-service.hold', { ...saga, direction: 'forward' }, deadline),
    compensation: (saga) => accepted('test-service.free', { ...saga, direction: 'compensate' }),
    handle: async (...items) => {
      await handleBatch(db, 'test-service.commands', items, { attempts: 1 });
    },
    sideBySide: async (one, other, ending) => {
      const gate = aGate(ending);
      const later = { ...decide };
      Object.assign(decide, { forward: gate.pass, compensate: gate.pass });
      const first = fixture.handle(one);
      await gate.reached;
      Object.assign(decide, later);
      const second = fixture.handle(other);
      await fixture.someoneWaits().finally(gate.open);
      await allEnded([first, second]);
    },
    deferredSagas: async (count) => {
      decide.forward = () => deferred();
      const sagas = Array.from({ length: count }, aSaga);
      await fixture.handle(...sagas.map((saga) => fixture.forward(saga)));
      return sagas;
    },
    outcomes: async () => (await replies()).map(({ saga, outcome }) => `${saga.direction} ${outcome}`),
    attempts: async () => (await replies()).map(({ saga }) => saga.attempt),
    statementsOf: async (work) => {
      const verbs: string[] = [];
      const note = ({ sql }: { sql: string }) => {
        if (sql.includes('processed_commands')) verbs.push(sql.replace(/ .*/s, ''));
      };
      db.on('query', note);
      await work();
      db.off('query', note);
      return verbs;
    },
    someoneWaits: (count = 1) =>
      waitFor('a transaction waits for the other', async () => {
        const { rows } = await db.raw(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length >= count;
      }).then(() => undefined),
    reset: async () => {
      handled.length = 0;
      Object.assign(decide, { forward: () => done(), compensate: () => done() });
      await db.raw('TRUNCATE outbox, inbox, processed_commands');
    },
    stop: () => database.drop(),
  };
  return fixture;
}

export function aSaga(): CommandSaga {
  return { id: uuid7(), type: 'place-order', version: 1, step: 'hold', direction: 'forward', attempt: 1 };
}

/** Holds the handler that passes until the test opens it; then it ends as it is told. */
export function aGate(ending: CommandOutcome | Error = done()) {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: () => opened.resolve(),
    pass: async () => {
      reached.resolve();
      await opened.promise;
      if (ending instanceof Error) throw ending;
      return ending;
    },
  };
}
