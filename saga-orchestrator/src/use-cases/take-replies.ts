import type { Trx } from '@sagacity/chassis/db/database';
import { PermanentError } from '@sagacity/chassis/messaging/faults';
import type { IncomingMessage } from '@sagacity/chassis/messaging/handlers';
import type { ReplyBody } from '@sagacity/chassis/participant/envelope';
import type { Reply } from '../engine/input.ts';
import type { SagaSessions } from './saga-session.ts';

export type ReplyMessage = IncomingMessage<ReplyBody>;

export async function prepareReplies(trx: Trx, sessions: SagaSessions, messages: readonly ReplyMessage[]) {
  await sessions.of(trx).load(messages.map(({ body }) => body.saga.id));
}

/** Gives a reply to its saga. One that no saga knows becomes a dead letter: it tells of a command that was sent and then lost. */
export async function takeReply(trx: Trx, sessions: SagaSessions, message: ReplyMessage) {
  const { body, messageId, context } = message;
  const session = sessions.of(trx);
  if (!session.find(body.saga.id)) throw new PermanentError('saga.unknown', `there is no saga ${body.saga.id}`);
  const { traceparent } = context;
  const cause = { messageId, ...(traceparent === undefined ? {} : { traceparent }) };
  session.give(body.saga.id, { kind: 'reply', reply: toReply(messageId, body) }, cause);
}

function toReply(messageId: string, body: ReplyBody): Reply {
  const { step, direction, attempt } = body.saga;
  const { outcome, code, detail, retry_after_ms: retryAfterMs, result } = body;
  return { messageId, step, direction, attempt, outcome, code, detail, retryAfterMs, result };
}
