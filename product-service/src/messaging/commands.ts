import type { Urgency } from '@sagacity/chassis/batches/gathering';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import type { HandlerTable } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { commandHandlers } from '@sagacity/chassis/participant/commands';
import {
  commitStockData,
  releaseStockData,
  reserveStockData,
  returnStockData,
  stockCommands,
} from '../contract/commands.ts';
import { reserveStock } from '../use-cases/reserve-stock.ts';
import { commitStock, releaseStock, returnStock } from '../use-cases/settle-stock.ts';

export const commandsQueue: QueueSpec = {
  name: 'product-service.commands',
  bindings: [{ exchange: exchanges.commands, keys: Object.values(stockCommands) }],
};

/** Nobody waits for sold stock to be booked: the order is confirmed. */
export function urgencyOfCommand(type: string): Urgency {
  return type === stockCommands.commit ? 'idle' : 'now';
}

/** What the orchestrator may ask of the stock. */
export const stockCommandHandlers: HandlerTable = commandHandlers('product-service', {
  [stockCommands.reserve]: { data: reserveStockData, handle: (trx, { data }) => reserveStock(trx, data) },
  [stockCommands.release]: { data: releaseStockData, handle: (trx, { data }) => releaseStock(trx, data.order_id) },
  [stockCommands.commit]: { data: commitStockData, handle: (trx, { data }) => commitStock(trx, data.order_id) },
  [stockCommands.giveBack]: { data: returnStockData, handle: (trx, { data }) => returnStock(trx, data.order_id) },
});
