import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { replySchema } from '@sagacity/chassis/participant/envelope';
import type { SagaSessions } from '../use-cases/saga-session.ts';
import { prepareReplies, type ReplyMessage, takeReply } from '../use-cases/take-replies.ts';

export const repliesQueue: QueueSpec = {
  name: 'saga-orchestrator.replies',
  bindings: [{ exchange: exchanges.replies, keys: ['#'] }],
};

/** The participants' answers, whatever their step and outcome. */
export function replyHandlers(sessions: SagaSessions): HandlerTable {
  return {
    '*': {
      ...handler(replySchema, (trx, message) => takeReply(trx, sessions, message)),
      prepare: (trx, messages) => prepareReplies(trx, sessions, messages as readonly ReplyMessage[]),
    },
  };
}
