import type { Trx } from '../db/database.ts';
import { plannedAsFew } from '../db/prepared-statements.ts';
import { beforeCommit } from '../db/transaction.ts';
import type { MessageContext } from '../messaging/envelope.ts';
import type { IncomingMessage } from '../messaging/handlers.ts';
import { type CommandBody, type CommandSaga, idempotencyKey } from './envelope.ts';
import type { ReplyParts } from './replies.ts';

/**
 * What is remembered of a command. `fresh`: claimed by this transaction and not handled yet; `pending`: deferred; `answered`: done or refused;
 * `tombstone`: compensated before it came; `absent`: to be forgotten, so that it may come again.
 */
export interface CommandRecord {
  readonly key: string;
  readonly state: 'fresh' | 'pending' | 'answered' | 'tombstone' | 'absent';
  readonly outcome: string | null;
  readonly reply: ReplyParts | null;
  readonly saga: CommandSaga;
  readonly last_command_id: string;
  readonly context: MessageContext;
}

interface Claim {
  readonly key: string;
  readonly type: string;
  readonly state: 'pending' | 'tombstone';
  readonly body: CommandBody;
  readonly context: MessageContext;
}

/** The records of the commands in one transaction: claimed in one statement, written back in one right before the commit. */
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
  readonly #changed = new Set<string>();

  constructor(trx: Trx) {
    this.#trx = trx;
  }

  async claim(messages: readonly IncomingMessage<CommandBody>[]): Promise<void> {
    const claims = claimsOf(messages);
    const { rows } = await this.#trx.raw<{ rows: { key: string; now: Date }[] }>(
      `INSERT INTO processed_commands (idempotency_key, command_type, state, saga, last_command_id, context)
       SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::jsonb[], ?::uuid[], ?::jsonb[]) AS claim(key) ORDER BY key
       ON CONFLICT DO NOTHING
       RETURNING idempotency_key AS key, clock_timestamp() AS now`,
      [
        claims.map(({ key }) => key),
        claims.map(({ type }) => type),
        claims.map(({ state }) => state),
        claims.map(({ body }) => JSON.stringify(body.saga)),
        claims.map(({ body }) => body.command_id),
        claims.map(({ context }) => JSON.stringify(context)),
      ],
    );
    const fresh = new Set(rows.map(({ key }) => key));
    this.now = rows[0]?.now ?? this.now;
    for (const claim of claims) if (fresh.has(claim.key)) this.#records.set(claim.key, recordOf(claim));
    const known = claims.map(({ key }) => key).filter((key) => !fresh.has(key));
    if (known.length > 0) await this.#load(known);
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

  async write(): Promise<void> {
    const records = [...this.#changed].map((key) => this.get(key));
    const gone = records.filter(({ state }) => state === 'absent').map(({ key }) => key);
    const kept = records.filter(({ state }) => state !== 'absent');
    if (gone.length > 0) await this.#trx('processed_commands').whereIn('idempotency_key', gone).delete();
    if (kept.length === 0) return;
    await this.#trx.raw(
      `UPDATE processed_commands AS p
       SET state = n.state, outcome = n.outcome, reply = n.reply, saga = n.saga, last_command_id = n.command_id,
         context = n.context, processed_at = now()
       FROM (SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::jsonb[], ?::jsonb[], ?::uuid[], ?::jsonb[])
         AS given(key, state, outcome, reply, saga, command_id, context) ${plannedAsFew}) AS n
       WHERE p.idempotency_key = n.key`,
      [
        kept.map(({ key }) => key),
        kept.map(({ state }) => state),
        kept.map(({ outcome }) => outcome),
        kept.map(({ reply }) => (reply === null ? null : JSON.stringify(reply))),
        kept.map(({ saga }) => JSON.stringify(saga)),
        kept.map(({ last_command_id }) => last_command_id),
        kept.map(({ context }) => JSON.stringify(context)),
      ] as never,
    );
  }

  async #load(keys: readonly string[]): Promise<void> {
    const rows: (CommandRecord & { now: Date })[] = await this.#trx('processed_commands')
      .whereIn('idempotency_key', keys)
      .orderBy('idempotency_key')
      .forUpdate()
      .select('idempotency_key as key', 'state', 'outcome', 'reply', 'saga', 'last_command_id', 'context')
      .select(this.#trx.raw('clock_timestamp() AS now'));
    for (const { now, ...record } of rows) {
      this.#records.set(record.key, record);
      this.now = now;
    }
  }
}

const open = new WeakMap<Trx, TransactionRecords>();

export function recordsOf(trx: Trx): CommandRecords {
  return transactionRecords(trx);
}

/** Changes a record; it is written right before the commit. */
export function updateLater(trx: Trx, record: CommandRecord): void {
  transactionRecords(trx).change(record);
}

function transactionRecords(trx: Trx): TransactionRecords {
  let records = open.get(trx);
  if (!records) {
    const created = new TransactionRecords(trx);
    beforeCommit(trx, () => created.write());
    open.set(trx, created);
    records = created;
  }
  return records;
}

/** Each key once, as the first message that names it would have it: a compensation leaves a tombstone where its forward command is not. */
function claimsOf(messages: readonly IncomingMessage<CommandBody>[]): Claim[] {
  const claims = new Map<string, Claim>();
  const add = (claim: Claim) => {
    if (!claims.has(claim.key)) claims.set(claim.key, claim);
  };
  for (const { body, context } of messages) {
    add({ key: body.idempotency_key, type: body.type, state: 'pending', body, context });
    if (body.saga.direction !== 'compensate') continue;
    const forward = idempotencyKey({ ...body.saga, direction: 'forward' });
    add({ key: forward, type: body.type, state: 'tombstone', body, context });
  }
  return [...claims.values()];
}

function recordOf({ key, state, body, context }: Claim): CommandRecord {
  return {
    key,
    state: state === 'pending' ? 'fresh' : 'tombstone',
    outcome: null,
    reply: null,
    saga: body.saga,
    last_command_id: body.command_id,
    context,
  };
}
