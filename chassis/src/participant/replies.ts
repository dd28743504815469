import type { Trx } from '../db/database.ts';
import { uuid7 } from '../ids/uuid7.ts';
import { exchanges, type MessageContext } from '../messaging/envelope.ts';
import { appendToOutbox } from '../outbox/append.ts';
import type { CommandSaga, ReplyBody } from './envelope.ts';
import type { CommandOutcome } from './outcomes.ts';

/** What a reply says, without whom it answers; what is stored of it. */
export type ReplyParts = Pick<ReplyBody, 'outcome' | 'code' | 'detail' | 'retry_after_ms' | 'result'>;

/** The command that a reply answers. */
export interface Sender {
  readonly id: string;
  readonly saga: CommandSaga;
  readonly context: MessageContext;
}

type Said = Exclude<CommandOutcome, { outcome: 'deferred' }> | { readonly outcome: 'expired' | 'tombstoned' };

export function replyParts(said: Said): ReplyParts {
  return {
    outcome: said.outcome,
    code: 'code' in said ? said.code : null,
    detail: 'detail' in said ? said.detail : null,
    retry_after_ms: 'retryAfterMs' in said ? (said.retryAfterMs ?? null) : null,
    result: 'result' in said ? ((said.result as ReplyParts['result']) ?? null) : null,
  };
}

/** The reply that was given before. */
export function storedReply(record: { readonly reply: ReplyParts | null }): ReplyParts {
  if (!record.reply) throw new Error('an answered command has no stored reply');
  return record.reply;
}

/** Appends a reply to shop.replies; its key is `<saga type>.<step>.<outcome>`. */
export function appendReply(trx: Trx, sender: Sender, parts: ReplyParts): void {
  const { id, type, step, direction, attempt } = sender.saga;
  const messageId = uuid7();
  const key = `${type}.${step}.${parts.outcome}`;
  const body: ReplyBody = {
    reply_id: messageId,
    type: key,
    occurred_at: new Date().toISOString(),
    in_reply_to: sender.id,
    saga: { id, type, step, direction, attempt },
    ...parts,
  };
  appendToOutbox(trx, {
    messageId,
    exchange: exchanges.replies,
    routingKey: key,
    aggregate: { type: 'saga', id, version: attempt },
    context: { ...sender.context, causationId: sender.id },
    body,
  });
}
