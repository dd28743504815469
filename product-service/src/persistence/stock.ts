import type { Trx } from '@sagacity/chassis/db/database';
import type { ShortItem, StockLine } from '../domain/wanted-stock.ts';

/**
 * Reserves products for an order in one statement, all lines or none: locks in the order of the products' ids, check, reservations,
 * counters and ledger. Returns what is short, with what there is; inactive and unknown products count as none.
 * The counter's CHECK refuses what is not there, should the lock ever not have been taken.
 */
export async function reserveAll(trx: Trx, orderId: number, lines: readonly StockLine[]): Promise<ShortItem[]> {
  const { rows } = await trx.raw<{ rows: ShortItem[] }>(
    `WITH wanted AS (
       SELECT * FROM unnest(:products::int[], :quantities::int[]) AS w(product_id, quantity)
     ), locked AS (
       SELECT id, stock_quantity - reserved AS available FROM products
       WHERE id = ANY(:products::int[]) AND is_active ORDER BY id FOR NO KEY UPDATE
     ), short AS (
       SELECT w.product_id, w.quantity AS wanted, coalesce(l.available, 0) AS available
       FROM wanted w LEFT JOIN locked l ON l.id = w.product_id WHERE w.quantity > coalesce(l.available, 0)
     ), taken AS (
       SELECT product_id, quantity FROM wanted WHERE NOT EXISTS (SELECT FROM short)
     ), held AS (
       INSERT INTO stock_reservations (order_id, product_id, quantity)
       SELECT :orderId::int, product_id, quantity FROM taken
     ), noted AS (
       INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
       SELECT product_id, 'reserve', 0, quantity, :orderId::int, 'saga' FROM taken
     ), counted AS (
       UPDATE products AS p SET reserved = p.reserved + t.quantity FROM taken t WHERE p.id = t.product_id
     )
     SELECT product_id, wanted, available FROM short ORDER BY product_id`,
    { orderId, products: lines.map(({ productId }) => productId), quantities: lines.map(({ quantity }) => quantity) },
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

/**
 * Moves an order's reservations from one state to another, once, in one statement with counters and ledger; returns how many it moved.
 * A reservation that is in another state stays as it is: what was released cannot be released again.
 */
export async function settleReservations(trx: Trx, orderId: number, how: keyof typeof settlements): Promise<number> {
  const { from, to, kind, onHand, reserved, sold } = settlements[how];
  const { rows } = await trx.raw<{ rows: { moved: number }[] }>(
    `WITH locked AS (
       SELECT p.id FROM products p JOIN stock_reservations r ON r.product_id = p.id
       WHERE r.order_id = :orderId AND r.state = :from ORDER BY p.id FOR NO KEY UPDATE OF p
     ), moved AS (
       UPDATE stock_reservations r SET state = :to, updated_at = now() FROM locked
       WHERE r.order_id = :orderId AND r.product_id = locked.id AND r.state = :from
       RETURNING r.product_id, r.quantity
     ), noted AS (
       INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
       SELECT product_id, :kind, quantity * :onHand, quantity * :reserved, :orderId, 'saga' FROM moved
     ), counted AS (
       UPDATE products AS p SET stock_quantity = stock_quantity + m.quantity * :onHand, reserved = reserved + m.quantity * :reserved,
         sold = sold + m.quantity * :sold
       FROM moved m WHERE p.id = m.product_id RETURNING p.id
     )
     SELECT count(*)::int AS moved FROM counted`,
    { orderId, from, to, kind, onHand, reserved, sold },
  );
  return rows[0]?.moved ?? 0;
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
