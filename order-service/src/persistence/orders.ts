import type { Db, Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';
import { toDecimal } from '@sagacity/chassis/money/cents';
import type { PaymentStatus } from '../contract/fields.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { QuotedOrder } from '../domain/quote-lines.ts';
import { itemsColumn, itemsJson, type OrderRow, type OrderWithItems } from './order-rows.ts';

export interface NewOrder extends QuotedOrder {
  readonly userId: number;
  readonly sagaId: string;
  readonly shippingAddress: string;
  readonly billingAddress: string;
  readonly payment: { readonly provider: string; readonly token: string };
  readonly paymentStatus: PaymentStatus;
}

export interface StatusChange {
  readonly to: OrderStatus;
  readonly actor: string;
  readonly reason: string | null;
  readonly trackingNumber?: string | undefined;
  readonly paymentStatus?: PaymentStatus;
}

/** Inserts an order as pending with its items and the first row of its history. */
export const insertOrder = together(insertOrders);

async function insertOrders(trx: Trx, orders: readonly NewOrder[]): Promise<readonly OrderWithItems[]> {
  const { rows } = await runSql<OrderWithItems>(
    trx,
    `WITH given AS (
       SELECT * FROM json_to_recordset(?::json) AS given(user_id int, total_amount numeric, currency text,
         shipping_address text, billing_address text, payment_provider text, payment_token text, payment_status text,
         saga_id uuid, lines json)
     ), placed AS (
       INSERT INTO orders (user_id, total_amount, currency, shipping_address, billing_address, payment_provider, payment_token,
         payment_status, saga_id)
       SELECT user_id, total_amount, currency, shipping_address, billing_address, payment_provider, payment_token,
         payment_status, saga_id FROM given
       RETURNING *
     ), lines AS (
       INSERT INTO order_items (order_id, product_id, product_name, sku, quantity, unit_price, total_price)
       SELECT placed.id, line.product_id, line.product_name, line.sku, line.quantity, line.unit_price, line.total_price
       FROM placed JOIN given USING (saga_id), ROWS FROM (json_to_recordset(given.lines)
         AS (product_id int, product_name text, sku text, quantity int, unit_price numeric, total_price numeric))
         WITH ORDINALITY AS line(product_id, product_name, sku, quantity, unit_price, total_price, position)
       ORDER BY placed.id, line.position
       RETURNING *
     ), noted AS (
       INSERT INTO order_status_history (order_id, version, to_status, actor)
       SELECT id, 1, 'pending', 'user ' || user_id FROM placed
     )
     SELECT placed.*, items FROM placed
     JOIN (SELECT order_id, ${itemsJson} AS items FROM lines i GROUP BY order_id) AS theirs ON order_id = placed.id`,
    [JSON.stringify(orders.map(newRow))],
  );
  const inserted = new Map(rows.map((row) => [row.saga_id, row]));
  return orders.map(({ sagaId }) => inserted.get(sagaId) as OrderWithItems);
}

function newRow(order: NewOrder): object {
  return {
    user_id: order.userId,
    total_amount: toDecimal(order.totalCents),
    currency: order.currency,
    shipping_address: order.shippingAddress,
    billing_address: order.billingAddress,
    payment_provider: order.payment.provider,
    payment_token: order.payment.token,
    payment_status: order.paymentStatus,
    saga_id: order.sagaId,
    lines: order.lines.map((line) => ({
      product_id: line.productId,
      product_name: line.productName,
      sku: line.sku,
      quantity: line.quantity,
      unit_price: toDecimal(line.unitPriceCents),
      total_price: toDecimal(line.totalCents),
    })),
  };
}

/** The order, or undefined. */
export async function findOrder(db: Db | Trx, orderId: number): Promise<OrderWithItems | undefined> {
  const { rows } = await runSql<OrderWithItems>(db, `SELECT o.*, ${itemsColumn} FROM orders o WHERE o.id = ?`, [
    orderId,
  ]);
  return rows[0];
}

/** The order; throws `order.not_found`. */
export async function getOrder(db: Db | Trx, orderId: number): Promise<OrderWithItems> {
  const order = await findOrder(db, orderId);
  if (!order) throw orderNotFound();
  return order;
}

/** The order, its row locked until the transaction ends; throws `order.not_found`. */
export async function lockOrder(trx: Trx, orderId: number): Promise<OrderWithItems> {
  const order = await lockIfThere(trx, orderId);
  if (!order) throw orderNotFound();
  return order;
}

/** In the order of their ids, so that two transactions cannot wait for each other. */
const lockIfThere = together(
  async (trx, orderIds: readonly number[]): Promise<readonly (OrderWithItems | undefined)[]> => {
    const { rows } = await runSql<OrderWithItems>(
      trx,
      `SELECT o.*, ${itemsColumn}
       FROM (SELECT * FROM unnest(?::int[]) AS given_id ${plannedAsFew}) AS given JOIN orders o ON o.id = given_id
       ORDER BY o.id FOR UPDATE OF o`,
      [[...orderIds]],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return orderIds.map((id) => found.get(id));
  },
);

/**
 * Moves a locked order to another status and notes it in its history. The version grows by one; throws when the order is not the one that
 * was read, which its lock makes impossible.
 */
export async function saveStatus(trx: Trx, order: OrderWithItems, change: StatusChange): Promise<OrderWithItems> {
  const moved = await moveIfUnchanged(trx, { order, change });
  if (!moved) throw new Error(`order ${order.id} changed under its lock`);
  return { ...moved, items: order.items };
}

interface Move {
  readonly order: OrderWithItems;
  readonly change: StatusChange;
}

const moveIfUnchanged = together(
  async (trx, moves: readonly Move[]): Promise<readonly (OrderRow | undefined)[]> => {
    const { rows } = await runSql<OrderRow>(
      trx,
      `WITH given AS (
         SELECT * FROM json_to_recordset(?::json) AS given(id int, version int, from_status text, to_status text, reason text,
           actor text, tracking text, payment text) ${plannedAsFew}
       ), moved AS (
         UPDATE orders AS o SET status = to_status, status_reason = reason, version = o.version + 1,
           updated_at = CURRENT_TIMESTAMP, tracking_number = coalesce(tracking, tracking_number),
           payment_status = coalesce(payment, payment_status)
         FROM given WHERE o.id = given.id AND o.status = from_status AND o.version = given.version
         RETURNING o.*
       ), noted AS (
         INSERT INTO order_status_history (order_id, version, from_status, to_status, actor, reason)
         SELECT id, moved.version, from_status, to_status, actor, reason FROM moved JOIN given USING (id)
       )
       SELECT * FROM moved`,
      [JSON.stringify(moves.map(moveRow))],
    );
    const moved = new Map(rows.map((row) => [row.id, row]));
    return moves.map(({ order }) => moved.get(order.id));
  },
  ({ order }) => order.id,
);

function moveRow({ order, change }: Move): object {
  return {
    id: order.id,
    version: order.version,
    from_status: order.status,
    to_status: change.to,
    reason: change.reason,
    actor: change.actor,
    tracking: change.trackingNumber,
    payment: change.paymentStatus,
  };
}

/** Takes from a locked order the possibility of being confirmed. */
export async function saveUnconfirmable(trx: Trx, orderId: number): Promise<void> {
  await trx('orders').where({ id: orderId, status: 'pending' }).update({ confirmable: false });
}

export interface PaymentNews {
  readonly orderId: number;
  readonly status: PaymentStatus;
  /** The statuses that it may follow. */
  readonly after: readonly PaymentStatus[];
}

/** Notes what became of an order's money; true when that was news. A refund is never taken back by a capture that comes late. */
export const savePaymentStatus = together(
  async (trx, news: readonly PaymentNews[]): Promise<readonly boolean[]> => {
    const { rows } = await runSql<{ id: number }>(
      trx,
      `UPDATE orders AS o SET payment_status = n.status, version = version + 1, updated_at = CURRENT_TIMESTAMP
       FROM (SELECT * FROM json_to_recordset(?::json) AS given("orderId" int, status text, after jsonb) ${plannedAsFew}) AS n
       WHERE o.id = n."orderId" AND n.after @> to_jsonb(o.payment_status)
       RETURNING o.id`,
      [JSON.stringify(news)],
    );
    const changed = new Set(rows.map(({ id }) => id));
    return news.map(({ orderId }) => changed.has(orderId));
  },
  ({ orderId }) => orderId,
);
