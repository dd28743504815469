import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import type { HandlerTable } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { commandHandlers } from '@sagacity/chassis/participant/commands';
import { confirmOrderData, endOrderData, orderCommands, rejectIfPendingData } from '../contract/commands.ts';
import { confirmOrder } from '../use-cases/confirm-order.ts';
import type { AnnounceChange } from '../use-cases/deps.ts';
import { endOrder } from '../use-cases/end-order.ts';
import type { Cause } from '../use-cases/order-events.ts';
import { rejectIfPending } from '../use-cases/reject-if-pending.ts';

export const commandsQueue: QueueSpec = {
  name: 'order-service.commands',
  bindings: [{ exchange: exchanges.commands, keys: Object.values(orderCommands) }],
};

/** What the orchestrator may ask of an order. */
export function orderCommandHandlers(announce: AnnounceChange): HandlerTable {
  return commandHandlers('order-service', {
    [orderCommands.confirm]: {
      data: confirmOrderData,
      handle: (trx, command) => confirmOrder(trx, announce, command.data.order_id, causeOf(command)),
    },
    [orderCommands.rejectIfPending]: {
      data: rejectIfPendingData,
      handle: (trx, command) => rejectIfPending(trx, command.data.order_id),
    },
    [orderCommands.end]: {
      data: endOrderData,
      handle: (trx, command) => endOrder(trx, announce, command.data, causeOf(command)),
    },
  });
}

function causeOf({ id, context }: { readonly id: string; readonly context: MessageContext }): Cause {
  return { causationId: id, ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }) };
}
