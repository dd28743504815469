import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { type CommandBody, commandBody } from '@sagacity/chassis/participant/envelope';
import { paymentCommands } from '../src/contract/commands.ts';

export interface CommandOptions {
  readonly command: keyof typeof paymentCommands;
  readonly orderId: number;
  /** The saga, which gives the idempotency key; the same one for every command of an order unless a test says otherwise. */
  readonly sagaId?: string;
  readonly direction?: 'forward' | 'compensate';
  readonly attempt?: number;
  readonly messageId?: string;
  readonly token?: string;
  readonly provider?: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly userId?: number;
  readonly deadline?: Date | null;
}

const steps = { charge: 'charge-payment', capture: 'capture-payment', refund: 'refund-payment' } as const;

/** A command as the orchestrator sends it; a refund is the compensation of the charge unless it is sent forward, as to cancel an order. */
export function commandMessage(options: CommandOptions) {
  const { command, orderId } = options;
  const direction = options.direction ?? (command === 'refund' ? 'compensate' : 'forward');
  const step = command === 'refund' && direction === 'compensate' ? steps.charge : steps[command];
  const messageId = options.messageId ?? uuid7();
  const context = { correlationId: `order-${orderId}`, causationId: uuid7(), traceparent };
  const body: CommandBody = commandBody(
    {
      type: paymentCommands[command],
      saga: {
        id: options.sagaId ?? sagaOf(orderId),
        type: 'place-order',
        version: 1,
        step,
        direction,
        attempt: options.attempt ?? 1,
      },
      issuedAt: new Date(),
      deadline: command === 'charge' ? (options.deadline ?? inAMinute()) : null,
      data: dataOf(options),
      context,
    },
    messageId,
  );
  const properties = {
    messageId,
    type: body.type,
    appId: 'saga-orchestrator',
    correlationId: context.correlationId,
    contentType: 'application/json',
    persistent: true,
    headers: { causation_id: context.causationId, traceparent },
  };
  return { body, properties };
}

export function sagaOf(orderId: number): string {
  return `01900000-0000-7000-8000-${String(orderId).padStart(12, '0')}`;
}

export const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function dataOf(options: CommandOptions): object {
  const { command, orderId } = options;
  if (command !== 'charge') return { order_id: orderId };
  return {
    order_id: orderId,
    user_id: options.userId ?? 7,
    amount: options.amount ?? 59.98,
    currency: options.currency ?? 'EUR',
    method: { provider: options.provider ?? 'sandbox', token: options.token ?? 'tok_approve' },
  };
}

function inAMinute(): Date {
  return new Date(Date.now() + 60_000);
}
