import type { Trx } from '@sagacity/chassis/db/database';
import { type CommandOutcome, done, refused } from '@sagacity/chassis/participant/outcomes';
import type { ReserveStockData } from '../contract/commands.ts';
import { sumByProduct } from '../domain/wanted-stock.ts';
import { reserveAll } from '../persistence/stock.ts';

/** Reserves all of an order's items or none. */
export async function reserveStock(trx: Trx, { order_id, items }: ReserveStockData): Promise<CommandOutcome> {
  const lines = sumByProduct(items.map(({ product_id, quantity }) => ({ productId: product_id, quantity })));
  const short = await reserveAll(trx, { orderId: order_id, lines });
  if (short.length > 0) {
    const words = short.map((item) => `product ${item.product_id}: ${item.wanted} wanted, ${item.available} available`);
    return refused('stock.insufficient', words.join('; '), { short });
  }
  return done();
}
