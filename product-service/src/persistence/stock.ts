import type { Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';
import type { ShortItem, StockLine } from '../domain/wanted-stock.ts';

export interface WantedStock {
  readonly orderId: number;
  readonly lines: readonly StockLine[];
}

/**
 * Reserves products for an order, all lines or none; returns what is short, with what there is; inactive and unknown products count as
 * none. Orders that ask side by side get theirs in one statement; when it is not enough for all, each asks for itself, in their order.
 */
export const reserveAll = together(
  async (trx, orders: readonly WantedStock[]): Promise<readonly (readonly ShortItem[])[]> => {
    const short = await reserveTogether(trx, orders);
    if (short.length === 0 || orders.length === 1) return orders.map(() => short);
    const each: (readonly ShortItem[])[] = [];
    for (const order of orders) each.push(await reserveTogether(trx, [order]));
    return each;
  },
  ({ orderId }) => orderId,
);

/**
 * All orders or none, in one statement: locks in the order of the products' ids, check, reservations, counters and ledger.
 * The counter's CHECK refuses what is not there, should the lock ever not have been taken.
 */
async function reserveTogether(trx: Trx, orders: readonly WantedStock[]): Promise<readonly ShortItem[]> {
  const lines = orders.flatMap(({ orderId, lines }) => lines.map((line) => ({ orderId, ...line })));
  const { rows } = await runSql<ShortItem>(
    trx,
    `WITH wanted AS (
       SELECT * FROM unnest(:orders::int[], :products::int[], :quantities::int[]) AS w(order_id, product_id, quantity)
     ), needed AS (
       SELECT product_id, sum(quantity)::int AS quantity FROM wanted GROUP BY product_id
     ), locked AS (
       SELECT id, stock_quantity - reserved AS available FROM products
       WHERE id = ANY(:products::int[]) AND is_active ORDER BY id FOR NO KEY UPDATE
     ), short AS (
       SELECT n.product_id, n.quantity AS wanted, coalesce(l.available, 0) AS available
       FROM needed n LEFT JOIN locked l ON l.id = n.product_id WHERE n.quantity > coalesce(l.available, 0)
     ), taken AS (
       SELECT * FROM wanted WHERE NOT EXISTS (SELECT FROM short)
     ), held AS (
       INSERT INTO stock_reservations (order_id, product_id, quantity) SELECT * FROM taken
     ), noted AS (
       INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
       SELECT product_id, 'reserve', 0, quantity, order_id, 'saga' FROM taken
     ), counted AS (
       UPDATE products AS p SET reserved = p.reserved + n.quantity
       FROM (SELECT * FROM needed WHERE NOT EXISTS (SELECT FROM short) ${plannedAsFew}) AS n WHERE p.id = n.product_id
     )
     SELECT product_id, wanted, available FROM short ORDER BY product_id`,
    {
      orders: lines.map(({ orderId }) => orderId),
      products: lines.map(({ productId }) => productId),
      quantities: lines.map(({ quantity }) => quantity),
    },
  );
  return rows;
}

interface Settlement {
  readonly from: 'reserved' | 'committed';
  readonly to: 'released' | 'committed' | 'returned';
  readonly kind: 'release' | 'commit' | 'return';
  /** What one unit adds to the counters. */
  readonly onHand: -1 | 0 | 1;
  readonly reserved: -1 | 0;
  readonly sold: -1 | 0 | 1;
}

const settlements = {
  release: { from: 'reserved', to: 'released', kind: 'release', onHand: 0, reserved: -1, sold: 0 },
  commit: { from: 'reserved', to: 'committed', kind: 'commit', onHand: -1, reserved: -1, sold: 1 },
  return: { from: 'committed', to: 'returned', kind: 'return', onHand: 1, reserved: 0, sold: -1 },
} as const satisfies Record<string, Settlement>;

/** What is to become of an order's reservations. */
interface OrderToSettle {
  readonly orderId: number;
  readonly how: keyof typeof settlements;
}

/**
 * Moves an order's reservations from one state to another, once, with counters and ledger; returns how many it moved.
 * A reservation that is in another state stays as it is: what was released cannot be released again.
 */
export const settleReservations = together(
  async (trx, orders: readonly OrderToSettle[]): Promise<readonly number[]> => {
    const moved = new Map<number, number>();
    for (const [how, group] of Map.groupBy(orders, ({ how }) => how)) {
      const orderIds = group.map(({ orderId }) => orderId);
      for (const { order_id, count } of await settleTogether(trx, orderIds, settlements[how]))
        moved.set(order_id, count);
    }
    return orders.map(({ orderId }) => moved.get(orderId) ?? 0);
  },
  ({ orderId }) => orderId,
);

async function settleTogether(
  trx: Trx,
  orderIds: readonly number[],
  { from, to, kind, onHand, reserved, sold }: Settlement,
): Promise<readonly { readonly order_id: number; readonly count: number }[]> {
  const { rows } = await runSql<{ order_id: number; count: number }>(
    trx,
    `WITH held AS (
       SELECT order_id, r.product_id
       FROM (SELECT * FROM unnest(:orderIds::int[]) AS order_id ${plannedAsFew}) AS given JOIN stock_reservations r USING (order_id)
       WHERE r.state = :from ${plannedAsFew}
     ), locked AS (
       SELECT id FROM products WHERE id IN (SELECT product_id FROM held) ORDER BY id FOR NO KEY UPDATE
     ), moved AS (
       UPDATE stock_reservations r SET state = :to, updated_at = now() FROM held
       WHERE r.order_id = held.order_id AND r.product_id = held.product_id AND r.state = :from
         AND r.product_id = ANY (ARRAY(SELECT id FROM locked))
       RETURNING r.order_id, r.product_id, r.quantity
     ), noted AS (
       INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
       SELECT product_id, :kind, quantity * :onHand, quantity * :reserved, order_id, 'saga' FROM moved
     ), counted AS (
       UPDATE products AS p SET stock_quantity = stock_quantity + m.quantity * :onHand, reserved = reserved + m.quantity * :reserved,
         sold = sold + m.quantity * :sold
       FROM (SELECT product_id, sum(quantity)::int AS quantity FROM moved GROUP BY product_id ${plannedAsFew}) AS m
       WHERE p.id = m.product_id
     )
     SELECT order_id, count(*)::int AS count FROM moved GROUP BY order_id`,
    { orderIds: [...orderIds], from, to, kind, onHand, reserved, sold },
  );
  return rows;
}

/** The states of an order's reservations. */
export async function findReservationStates(trx: Trx, orderId: number): Promise<string[]> {
  return trx('stock_reservations').where({ order_id: orderId }).pluck('state');
}

/** Adds a movement by hand to the ledger; the counters are changed by whoever calls. */
export async function insertMovement(
  trx: Trx,
  movement: { productId: number; kind: 'receive' | 'adjust'; delta: number; actor: string; reason: string | null },
): Promise<void> {
  const { productId, kind, delta, actor, reason } = movement;
  await trx('stock_movements').insert({
    product_id: productId,
    kind,
    on_hand_delta: delta,
    reserved_delta: 0,
    actor,
    reason,
  });
}
