import type { Db } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { handleBatch } from '@sagacity/chassis/messaging/batch';
import type { HandlerTable, IncomingMessage } from '@sagacity/chassis/messaging/handlers';
import { idempotencyKey, type ReplyBody } from '@sagacity/chassis/participant/envelope';
import type { TestDatabase } from '@sagacity/chassis/test-kit/database';
import { orderEventHandlers } from '../src/messaging/order-events.ts';
import { replyHandlers } from '../src/messaging/replies.ts';
import type { SagaSessions } from '../src/use-cases/saga-session.ts';
import type { OrderEvent } from './order-messages.ts';

/** Hands messages to the orchestrator's handlers in one transaction, as its consumers do, without a broker. */
export async function take(db: Db, sessions: SagaSessions, ...bodies: readonly (OrderEvent | ReplyBody)[]) {
  const handlers: HandlerTable = { ...replyHandlers(sessions), ...orderEventHandlers(sessions) };
  const items = bodies.map((body) => {
    const handler = handlers[body.type] ?? handlers['*'];
    if (!handler) throw new Error(`no handler for ${body.type}`);
    const validation = handler.validate(body);
    if (!validation.valid) throw new Error(`${body.type} is not valid: ${JSON.stringify(validation.faults)}`);
    return { handler, message: messageOf(body) };
  });
  return handleBatch(db, 'test', items, { attempts: 1 });
}

/** A reply to the first attempt of a step, or to the given one. */
export function aReply(
  sagaId: string,
  step: string,
  overrides: Partial<ReplyBody> & {
    readonly direction?: ReplyBody['saga']['direction'];
    readonly attempt?: number;
  } = {},
): ReplyBody {
  const { direction = 'forward', attempt = 1, ...rest } = overrides;
  const outcome = rest.outcome ?? 'done';
  return {
    reply_id: uuid7(),
    type: `place-order.${step}.${outcome}`,
    occurred_at: new Date().toISOString(),
    in_reply_to: uuid7(),
    saga: { id: sagaId, type: 'place-order', step, direction, attempt },
    outcome,
    code: null,
    detail: null,
    retry_after_ms: null,
    result: null,
    ...rest,
  };
}

/** What waits in the outbox, as `[undo|resolve] <step>#<attempt>`. */
export async function sentCommands(db: Db, sagaId: string): Promise<string[]> {
  const payloads: string[] = await db('outbox').where({ aggregate_id: sagaId }).orderBy('id').pluck('payload');
  return payloads.map((payload) => {
    const { saga } = JSON.parse(payload);
    return `${idempotencyKey(saga).replace(`${sagaId}:`, '')}#${saga.attempt}`;
  });
}

/** Does the work while nothing can be written to the outbox. */
export async function withoutOutbox<T>(database: TestDatabase, work: () => Promise<T>): Promise<T> {
  await database.runAsAdmin('ALTER TABLE outbox RENAME TO outbox_away');
  try {
    return await work();
  } finally {
    await database.runAsAdmin('ALTER TABLE outbox_away RENAME TO outbox');
  }
}

function messageOf(body: OrderEvent | ReplyBody): IncomingMessage {
  const messageId = 'event_id' in body ? body.event_id : body.reply_id;
  return { messageId, type: body.type, body, context: { correlationId: 'order' }, retryCount: 0, redelivered: false };
}
