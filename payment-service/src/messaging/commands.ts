import type { Urgency } from '@sagacity/chassis/batches/gathering';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import type { HandlerTable } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { commandHandlers } from '@sagacity/chassis/participant/commands';
import { capturePaymentData, chargePaymentData, paymentCommands, refundPaymentData } from '../contract/commands.ts';
import { capturePayment } from '../use-cases/capture-payment.ts';
import { chargePayment } from '../use-cases/charge-payment.ts';
import type { PaymentDeps } from '../use-cases/deps.ts';
import { returnPayment } from '../use-cases/return-payment.ts';

export const commandsQueue: QueueSpec = {
  name: 'payment-service.commands',
  bindings: [{ exchange: exchanges.commands, keys: Object.values(paymentCommands) }],
};

/** Nobody waits for the money to be taken: it is held, and the order is confirmed. */
export function urgencyOfCommand(type: string): Urgency {
  return type === paymentCommands.capture ? 'idle' : 'now';
}

/** What the orchestrator may ask of a payment. */
export function paymentCommandHandlers(deps: PaymentDeps): HandlerTable {
  return commandHandlers('payment-service', {
    [paymentCommands.charge]: {
      data: chargePaymentData,
      handle: (trx, command) => chargePayment(trx, deps, command),
    },
    [paymentCommands.capture]: {
      data: capturePaymentData,
      handle: (trx, command) => capturePayment(trx, deps, command),
    },
    [paymentCommands.refund]: {
      data: refundPaymentData,
      handle: (trx, command) => returnPayment(trx, deps, command),
    },
  });
}
