import type { Trx } from '@sagacity/chassis/db/database';
import { beforeCommit } from '@sagacity/chassis/db/transaction';
import type { OrderData } from '@sagacity/order-service/contract/events';
import { countSales, countsAsSold, type OrderSale } from '../domain/order-sales.ts';
import { addSales, lockCountedOrders, saveCountedOrders } from '../persistence/sales.ts';

const pending = new WeakMap<Trx, OrderSale[]>();

/**
 * Counts what an order has sold, once, whatever events of it come how often and in which order.
 * The sales of a batch are written together right before its commit, so that rows are locked in one order.
 */
export async function recordSale(trx: Trx, order: OrderData, version: number): Promise<void> {
  let sales = pending.get(trx);
  if (!sales) {
    sales = [];
    pending.set(trx, sales);
    beforeCommit(trx, writePending);
  }
  const lines = order.items.map(({ product_id, quantity }) => ({ productId: product_id, quantity }));
  sales.push({ orderId: order.order_id, version, counts: countsAsSold(order.status), lines });
}

async function writePending(trx: Trx): Promise<void> {
  const sales = pending.get(trx) ?? [];
  pending.delete(trx);
  const known = await lockCountedOrders(trx, [...new Set(sales.map(({ orderId }) => orderId))]);
  const { orders, deltas } = countSales(sales, known);
  if (orders.size > 0) await saveCountedOrders(trx, orders);
  if (deltas.size > 0) await addSales(trx, deltas);
}
