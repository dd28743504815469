import type { Trx } from '../db/database.ts';
import type { JsonSchema, Static } from '../schema/json-schema.ts';
import { compile, type Validator } from '../schema/validator.ts';
import type { MessageContext } from './envelope.ts';

/** A message as a handler sees it: its body has been held against the schema. */
export interface IncomingMessage<B = unknown> {
  readonly messageId: string;
  readonly type: string;
  readonly body: B;
  /** The context of this message: what it belongs to, and what caused it. */
  readonly context: MessageContext;
  /** How often it has been through the retry ladder. */
  readonly retryCount: number;
  readonly redelivered: boolean;
}

/** What is done with messages of one type. */
export interface MessageHandler {
  readonly validate: Validator;
  readonly handle: (trx: Trx, message: IncomingMessage) => Promise<void>;
  /** `skip`: a message that was committed before is acknowledged without effect. `handle`: the handler sees it again and knows what to do. */
  readonly duplicates: 'skip' | 'handle';
  /**
   * True when messages of different undertakings do not depend on what each other's handlers read: then those of a batch are handled
   * side by side, so that their statements travel together. Messages of one undertaking (correlation id) keep their order.
   */
  readonly isIndependent?: boolean;
  /**
   * Reads and locks, once per transaction before the handlers, what all its messages whose handlers share this function need. It has no other
   * effect, since it is also given messages that turn out to be duplicates.
   */
  readonly prepare?: (trx: Trx, messages: readonly IncomingMessage[]) => Promise<void>;
  /** Runs in a transaction of its own before a message of this handler is dead-lettered; the body may be anything. */
  readonly onDeadLetter?: (
    trx: Trx,
    message: IncomingMessage,
    reason: { code: string; detail: string },
  ) => Promise<void>;
}

/** Handlers by message type; the key `*` takes the types that are not named. */
export type HandlerTable = Readonly<Record<string, MessageHandler>>;

/** Conditional, so that the compiler reads the schema's type only once it knows the schema. */
type Typed<S> = S extends JsonSchema ? Static<S> : never;

/**
 * A handler for messages whose bodies the schema accepts. It runs inside the transaction that marks the message as consumed:
 * its effects are committed exactly once, or not at all. It may run again after a rollback, so it must have no effect outside of the transaction.
 */
export function handler<const S extends JsonSchema>(
  schema: S,
  handle: (trx: Trx, message: IncomingMessage<Typed<S>>) => Promise<void>,
): MessageHandler {
  return { validate: compile(schema), handle: handle as never, duplicates: 'skip' };
}

/** The same handlers, told to be independent of each other (see `isIndependent`). */
export function independently(table: HandlerTable): HandlerTable {
  return Object.fromEntries(Object.entries(table).map(([type, each]) => [type, { ...each, isIndependent: true }]));
}

/** The context for messages that this message causes: the same undertaking and trace, caused by this message. */
export function replyContext(message: Pick<IncomingMessage, 'messageId' | 'context'>): MessageContext {
  return { ...message.context, causationId: message.messageId };
}
