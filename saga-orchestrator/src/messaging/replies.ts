import type { Urgency } from '@sagacity/chassis/batches/gathering';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { replySchema } from '@sagacity/chassis/participant/envelope';
import { stepsFromPivot } from '../engine/definition.ts';
import type { Catalogue } from '../sagas/catalogue.ts';
import type { SagaSessions } from '../use-cases/saga-session.ts';
import { prepareReplies, type ReplyMessage, takeReply } from '../use-cases/take-replies.ts';

export const repliesQueue: QueueSpec = {
  name: 'saga-orchestrator.replies',
  bindings: [{ exchange: exchanges.replies, keys: ['#'] }],
};

/** Success from the pivot on: the order is confirmed, and nobody waits for what is left to do. */
export function urgencyOfReplies({ sagas }: Catalogue): (type: string) => Urgency {
  const types = sagas.flatMap(({ definition }) =>
    stepsFromPivot(definition).map(({ name }) => `${definition.type}.${name}.done`),
  );
  const idle = new Set(types);
  return (type) => (idle.has(type) ? 'idle' : 'now');
}

/** The participants' answers, whatever their step and outcome. */
export function replyHandlers(sessions: SagaSessions): HandlerTable {
  return {
    '*': {
      ...handler(replySchema, (trx, message) => takeReply(trx, sessions, message)),
      prepare: (trx, messages) => prepareReplies(trx, sessions, messages as readonly ReplyMessage[]),
    },
  };
}
