import type { Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { CountedOrder } from '../domain/order-sales.ts';

/** What was counted of the orders, their rows locked in the order of the ids; one that is new is there with version 0. */
export async function lockCountedOrders(trx: Trx, orderIds: readonly number[]): Promise<Map<number, CountedOrder>> {
  await runSql(
    trx,
    `INSERT INTO order_sales (order_id, version, counts)
     SELECT id, 0, false FROM unnest(?::int[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
    [[...orderIds]],
  );
  const { rows } = await runSql<CountedOrder & { order_id: number }>(
    trx,
    'SELECT order_id, version, counts FROM order_sales WHERE order_id = ANY(?) ORDER BY order_id FOR UPDATE',
    [[...orderIds]],
  );
  return new Map(rows.map(({ order_id, version, counts }) => [order_id, { version, counts }]));
}

export async function saveCountedOrders(trx: Trx, orders: ReadonlyMap<number, CountedOrder>): Promise<void> {
  await runSql(
    trx,
    `UPDATE order_sales AS o SET version = n.version, counts = n.counts
     FROM (SELECT * FROM unnest(?::int[], ?::bigint[], ?::boolean[]) AS given(order_id, version, counts) ${plannedAsFew}) AS n
     WHERE o.order_id = n.order_id`,
    [
      [...orders.keys()],
      [...orders.values()].map(({ version }) => version),
      [...orders.values()].map(({ counts }) => counts),
    ],
  );
}

/** Adds to what was sold of the products, locked in the order of their ids; products that do not exist are left out. */
export async function addSales(trx: Trx, deltas: ReadonlyMap<number, number>): Promise<void> {
  await runSql(
    trx,
    `WITH locked AS (SELECT product_id FROM product_sales WHERE product_id = ANY(:ids) ORDER BY product_id FOR UPDATE)
     UPDATE product_sales AS s SET sold = s.sold + d.delta
     FROM locked, unnest(:ids::int[], :deltas::int[]) AS d(product_id, delta)
     WHERE s.product_id = locked.product_id AND d.product_id = locked.product_id`,
    { ids: [...deltas.keys()], deltas: [...deltas.values()] },
  );
}
