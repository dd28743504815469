import { allEnded } from '../db/all-ended.ts';
import type { Trx } from '../db/database.ts';
import { plannedAsFew } from '../db/prepared-statements.ts';
import { readStatement, runSql, type Statement } from '../db/run-sql.ts';
import { withCommit } from '../db/transaction.ts';
import type { IncomingMessage } from '../messaging/handlers.ts';
import { type CommandBody, idempotencyKey } from './envelope.ts';
import type { ReplyParts, Sender } from './replies.ts';

/**
 * What is remembered of a command. `fresh`: nothing, because it has not come before or its answer was not to be remembered; `pending`:
 * deferred; `answered`: done or refused; `tombstone`: compensated before it came.
 */
export interface CommandRecord {
  readonly key: string;
  readonly type: string;
  readonly state: 'fresh' | 'pending' | 'answered' | 'tombstone';
  readonly outcome: string | null;
  readonly reply: ReplyParts | null;
  /** Whom to answer, once a command has been deferred. */
  readonly sender: Sender | null;
}

/**
 * The records of the commands in one transaction. A claim makes the keys the transaction's until it ends: another one that claims one of
 * them waits, and then finds what this one has committed. So a record is written once, with all there is to say, together with the commit.
 */
export interface CommandRecords {
  /** The database's clock when the records were claimed. */
  readonly now: Date;
  claim(messages: readonly IncomingMessage<CommandBody>[]): Promise<void>;
  get(key: string): CommandRecord;
  /** The record as this transaction has claimed it; undefined when it has not. */
  find(key: string): CommandRecord | undefined;
}

class TransactionRecords implements CommandRecords {
  now = new Date(0);
  readonly #trx: Trx;
  readonly #records = new Map<string, CommandRecord>();
  readonly #stored = new Set<string>();
  readonly #changed = new Set<string>();

  constructor(trx: Trx) {
    this.#trx = trx;
  }

  async claim(messages: readonly IncomingMessage<CommandBody>[]): Promise<void> {
    const types = typesByKey(messages);
    const keys = [...types.keys()];
    // They travel together; the second sees what was committed by those for whom the first has waited.
    const [now, stored] = await allEnded([lockKeys(this.#trx, keys), lockRecords(this.#trx, keys)]);
    this.now = now;
    for (const [key, type] of types) {
      this.#records.set(key, { key, type, state: 'fresh', outcome: null, reply: null, sender: null });
    }
    for (const record of stored) {
      this.#records.set(record.key, record);
      this.#stored.add(record.key);
    }
  }

  find(key: string): CommandRecord | undefined {
    return this.#records.get(key);
  }

  get(key: string): CommandRecord {
    const record = this.find(key);
    if (!record) throw new Error(`the command ${key} was not claimed`);
    return record;
  }

  change(record: CommandRecord): void {
    this.#records.set(record.key, record);
    this.#changed.add(record.key);
  }

  statements(): readonly Statement[] {
    const changed = [...this.#changed].map((key) => this.get(key));
    const known = changed.filter(({ key }) => this.#stored.has(key));
    const unknown = changed.filter(({ key }) => !this.#stored.has(key));
    return [
      ...(unknown.length > 0 ? [insertRecords(unknown)] : []),
      ...(known.length > 0 ? [updateRecords(known)] : []),
    ];
  }
}

const open = new WeakMap<Trx, TransactionRecords>();

export function recordsOf(trx: Trx): CommandRecords {
  return transactionRecords(trx);
}

/** Changes a record; it is written with the commit. */
export function updateLater(trx: Trx, record: CommandRecord): void {
  transactionRecords(trx).change(record);
}

function transactionRecords(trx: Trx): TransactionRecords {
  let records = open.get(trx);
  if (!records) {
    const created = new TransactionRecords(trx);
    withCommit(trx, () => created.statements());
    open.set(trx, created);
    records = created;
  }
  return records;
}

/** Each key once, with the type of the first message that names it: a compensation names that of its forward command, too. */
function typesByKey(messages: readonly IncomingMessage<CommandBody>[]): Map<string, string> {
  const types = new Map<string, string>();
  const add = (key: string, type: string) => {
    if (!types.has(key)) types.set(key, type);
  };
  for (const { body } of messages) {
    add(body.idempotency_key, body.type);
    if (body.saga.direction === 'compensate') add(idempotencyKey({ ...body.saga, direction: 'forward' }), body.type);
  }
  return types;
}

/** An arbitrary number that keeps these locks apart from others. */
const lockClass = 7_013;

/**
 * Takes the keys' locks, which end with the transaction, and returns the database's time then: a record that does not exist yet has no row
 * to lock. All take them in one order, so that nobody is locked out; keys of the same hash share a lock, which only makes someone wait.
 * They are at most two a command, of the server's max_connections times max_locks_per_transaction.
 */
async function lockKeys(trx: Trx, keys: readonly string[]): Promise<Date> {
  const { rows } = await runSql<{ now: Date }>(
    trx,
    `SELECT count(pg_advisory_xact_lock(?, hash)), clock_timestamp() AS now
     FROM (SELECT DISTINCT hashtext(key) AS hash FROM unnest(?::text[]) AS key ORDER BY hash) AS sorted`,
    [lockClass, [...keys]],
  );
  return (rows as [{ now: Date }])[0].now;
}

/** A record as its row has it: all of the sender, or nothing. */
type StoredRecord = Omit<CommandRecord, 'sender'> & (Sender | { readonly [K in keyof Sender]: null });

/** Locks the records that there are, against those who answer deferred commands. */
async function lockRecords(trx: Trx, keys: readonly string[]): Promise<readonly CommandRecord[]> {
  const { rows } = await runSql<StoredRecord>(
    trx,
    `SELECT p.idempotency_key AS key, p.command_type AS type, p.state, p.outcome, p.reply, p.last_command_id AS id, p.saga, p.context
     FROM (SELECT * FROM unnest(?::text[]) AS key ${plannedAsFew}) AS given
       JOIN processed_commands AS p ON p.idempotency_key = given.key
     ORDER BY p.idempotency_key FOR UPDATE OF p`,
    [[...keys]],
  );
  return rows.map(({ id, saga, context, ...record }) => ({
    ...record,
    sender: id === null ? null : { id, saga, context },
  }));
}

function insertRecords(records: readonly CommandRecord[]): Statement {
  return readStatement(
    `INSERT INTO processed_commands
       (idempotency_key, command_type, state, outcome, reply, last_command_id, saga, context)
     SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::jsonb[], ?::uuid[], ?::jsonb[], ?::jsonb[])`,
    [records.map(({ key }) => key), records.map(({ type }) => type), ...changeable(records)],
  );
}

function updateRecords(records: readonly CommandRecord[]): Statement {
  return readStatement(
    `UPDATE processed_commands AS p
     SET state = n.state, outcome = n.outcome, reply = n.reply, last_command_id = n.command_id, saga = n.saga,
       context = n.context, processed_at = now()
     FROM (SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::jsonb[], ?::uuid[], ?::jsonb[], ?::jsonb[])
       AS given(key, state, outcome, reply, command_id, saga, context) ${plannedAsFew}) AS n
     WHERE p.idempotency_key = n.key`,
    [records.map(({ key }) => key), ...changeable(records)],
  );
}

function changeable(records: readonly CommandRecord[]): (string | null)[][] {
  const json = (value: object | null | undefined) => (value ? JSON.stringify(value) : null);
  return [
    records.map(({ state }) => state),
    records.map(({ outcome }) => outcome),
    records.map(({ reply }) => json(reply)),
    records.map(({ sender }) => sender?.id ?? null),
    records.map(({ sender }) => json(sender?.saga)),
    records.map(({ sender }) => json(sender?.context)),
  ];
}
