import type { Trx } from '../db/database.ts';
import { plannedAsFew } from '../db/prepared-statements.ts';
import { runSql } from '../db/run-sql.ts';
import type { MessageContext } from '../messaging/envelope.ts';
import type { HandlerTable, IncomingMessage, MessageHandler } from '../messaging/handlers.ts';
import type { JsonSchema, Static } from '../schema/json-schema.ts';
import { compile } from '../schema/validator.ts';
import { type CommandRecord, recordsOf, updateLater } from './command-records.ts';
import { type CommandBody, type CommandSaga, commandSchema, idempotencyKey } from './envelope.ts';
import type { CommandOutcome, FinalOutcome } from './outcomes.ts';
import { appendReply, type ReplyParts, replyParts, type Sender, storedReply } from './replies.ts';

/** What became of the forward command of the same saga and step, as its compensation finds it. */
export type ForwardState = 'absent' | 'pending' | 'done' | 'refused';

/** A command as its handler sees it: validated, in time, and not done before. */
export interface Command<D = unknown> {
  readonly id: string;
  readonly type: string;
  readonly saga: CommandSaga;
  readonly idempotencyKey: string;
  readonly deadline: Date | null;
  readonly data: D;
  readonly context: MessageContext;
  /** For a compensation: what there is to compensate. `absent` for the other directions. */
  readonly forward: ForwardState;
}

/** Conditional, so that the compiler reads the schema's type only once it knows the schema. */
type Typed<S> = S extends JsonSchema ? Static<S> : never;

export interface CommandSpec<S> {
  readonly data: S;
  readonly handle: (trx: Trx, command: Command<Typed<S>>) => Promise<CommandOutcome>;
}

interface AnyCommandSpec {
  readonly data: JsonSchema;
  readonly handle: (trx: Trx, command: Command<never>) => Promise<CommandOutcome>;
}

/**
 * Handlers for the commands of sagas. Each command takes effect once, whatever its message id: a repetition is answered with the stored reply.
 * A forward command that comes after its compensation is answered `tombstoned`, one that comes after its deadline (by the database's clock)
 * `expired`; neither is handed to its handler. A compensation is handed over once, with what became of its forward command.
 * Commands of different sagas are handled side by side: what handlers of different sagas share, each reads and changes in one statement.
 * Records, effects and replies are in the transaction of the inbox row (TCC's idempotence, empty rollback and anti-suspension).
 */
export function commandHandlers<const T extends Record<string, JsonSchema>>(
  _service: string,
  table: { readonly [K in keyof T]: CommandSpec<T[K]> },
): HandlerTable {
  const entries = Object.entries(table) as unknown as [string, AnyCommandSpec][];
  return Object.fromEntries(entries.map(([type, spec]) => [type, commandHandler(type, spec)]));
}

/** An answer to a command that was deferred, by the command's idempotency key. */
export interface Answer {
  readonly key: string;
  readonly outcome: FinalOutcome;
}

/** Answers commands that were deferred; throws unless each is pending. A reply goes to the latest attempt. */
export async function answerCommands(trx: Trx, answers: readonly Answer[]): Promise<void> {
  const replies = answers.map(({ key, outcome }) => ({ key, reply: replyParts(outcome) }));
  const stored = await answerStored(
    trx,
    replies.filter(({ key }) => !recordsOf(trx).find(key)),
  );
  for (const { key, reply } of replies) {
    const claimed = recordsOf(trx).find(key);
    const sender = claimed ? answerClaimed(trx, claimed, reply) : stored.get(key);
    // Whoever answers a command twice finds it answered.
    stored.delete(key);
    if (!sender) throw new Error(`no command waits for an answer under ${key}`);
    appendReply(trx, sender, reply);
  }
}

/**
 * Tells the saga of a command deferred before this transaction why it is still not done, once for each attempt; the command goes on
 * waiting for its answer. Nothing happens when no such command waits under the key.
 */
export async function reportTrouble(
  trx: Trx,
  key: string,
  trouble: Extract<CommandOutcome, { outcome: 'transient' }>,
): Promise<void> {
  const reply = replyParts(trouble);
  const { rows } = await runSql<Sender>(
    trx,
    `UPDATE processed_commands SET reply = ?::jsonb
     WHERE idempotency_key = ? AND state = 'pending' AND reply IS NULL RETURNING last_command_id AS id, saga, context`,
    [JSON.stringify(reply), key],
  );
  for (const sender of rows) appendReply(trx, sender, reply);
}

interface StoredReply {
  readonly key: string;
  readonly reply: ReplyParts;
}

async function answerStored(trx: Trx, replies: readonly StoredReply[]): Promise<Map<string, Sender>> {
  if (replies.length === 0) return new Map();
  const { rows } = await runSql<Sender & { key: string }>(
    trx,
    `UPDATE processed_commands AS p
     SET state = 'answered', outcome = n.outcome, reply = n.reply, processed_at = now()
     FROM (SELECT * FROM unnest(?::text[], ?::text[], ?::jsonb[]) AS given(key, outcome, reply) ${plannedAsFew}) AS n
     WHERE p.idempotency_key = n.key AND p.state = 'pending'
     RETURNING n.key, p.last_command_id AS id, p.saga, p.context`,
    [
      replies.map(({ key }) => key),
      replies.map(({ reply }) => reply.outcome),
      replies.map(({ reply }) => JSON.stringify(reply)),
    ],
  );
  return new Map(rows.map(({ key, ...sender }) => [key, sender]));
}

/** A command of this very transaction is answered in its record, which is written last and would undo what was written before. */
function answerClaimed(trx: Trx, record: CommandRecord, reply: ReplyParts): Sender | null {
  if (record.state !== 'pending') return null;
  updateLater(trx, { ...record, state: 'answered', outcome: reply.outcome, reply });
  return record.sender;
}

function commandHandler(type: string, spec: AnyCommandSpec): MessageHandler {
  return {
    validate: compile(commandSchema(type, spec.data) as unknown as JsonSchema),
    duplicates: 'handle',
    isIndependent: true,
    prepare: prepareRecords,
    handle: (trx, message) => process(trx, message as IncomingMessage<CommandBody>, spec.handle),
    onDeadLetter: reportUnprocessable,
  };
}

/** One function for all commands of a process, so that a batch has its records claimed in one statement. */
async function prepareRecords(trx: Trx, messages: readonly IncomingMessage[]): Promise<void> {
  await recordsOf(trx).claim(messages as readonly IncomingMessage<CommandBody>[]);
}

async function process(
  trx: Trx,
  message: IncomingMessage<CommandBody>,
  handle: AnyCommandSpec['handle'],
): Promise<void> {
  const { body, context } = message;
  const records = recordsOf(trx);
  const record = records.get(body.idempotency_key);
  const sender = { id: body.command_id, saga: body.saga, context };
  switch (record.state) {
    case 'answered':
      return appendReply(trx, sender, storedReply(record));
    case 'tombstone':
      return appendReply(trx, sender, replyParts({ outcome: 'tombstoned' }));
    case 'pending':
      // Deferred before; the answer, when it comes, goes to this attempt, and so does the next trouble.
      return updateLater(trx, { ...record, reply: null, sender });
    case 'fresh':
  }
  if (body.saga.direction === 'forward' && body.deadline !== null && records.now > new Date(body.deadline)) {
    return appendReply(trx, sender, replyParts({ outcome: 'expired' }));
  }
  const outcome = await handle(trx, toCommand(message, closeForward(trx, body)) as Command<never>);
  if (outcome.outcome === 'deferred') return updateLater(trx, { ...record, state: 'pending', sender });
  const reply = replyParts(outcome);
  appendReply(trx, sender, reply);
  // A transient answer is not remembered: the command may come again.
  if (outcome.outcome === 'transient') return;
  updateLater(trx, { ...record, state: 'answered', outcome: outcome.outcome, reply });
}

/** What became of the forward command that this one compensates; if it has had no effect, it never will. */
function closeForward(trx: Trx, { saga }: CommandBody): ForwardState {
  if (saga.direction !== 'compensate') return 'absent';
  const record = recordsOf(trx).get(idempotencyKey({ ...saga, direction: 'forward' }));
  if (record.state === 'fresh') updateLater(trx, { ...record, state: 'tombstone' });
  if (record.state === 'answered') return record.outcome === 'done' ? 'done' : 'refused';
  return record.state === 'pending' ? 'pending' : 'absent';
}

function toCommand({ body, context }: IncomingMessage<CommandBody>, forward: ForwardState): Command {
  return {
    id: body.command_id,
    type: body.type,
    saga: body.saga,
    idempotencyKey: body.idempotency_key,
    deadline: body.deadline === null ? null : new Date(body.deadline),
    data: body.data,
    context,
    forward,
  };
}

/** Tells the saga that its command is a dead letter, where the command's envelope can still be read. */
async function reportUnprocessable(
  trx: Trx,
  message: IncomingMessage,
  reason: { code: string; detail: string },
): Promise<void> {
  const { body, context } = message;
  if (!isEnvelope(body)) return;
  const detail = `${reason.code}: ${reason.detail}`.slice(0, 500);
  const canBeRefused = body.saga.direction === 'forward' && body.deadline !== null;
  const outcome: CommandOutcome = canBeRefused
    ? { outcome: 'refused', code: 'command.unprocessable', detail }
    : { outcome: 'transient', code: 'command.unprocessable', detail, retryAfterMs: 60_000 };
  appendReply(trx, { id: body.command_id, saga: body.saga, context }, replyParts(outcome));
}

const validateEnvelope = compile(commandSchema('any', {}) as unknown as JsonSchema);

function isEnvelope(body: unknown): body is CommandBody {
  return typeof body === 'object' && body !== null && validateEnvelope({ ...body, type: 'any' }).valid;
}
