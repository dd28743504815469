import type { Db, Trx } from '@sagacity/chassis/db/database';
import { toDecimal } from '@sagacity/chassis/money/cents';
import type { PaymentStatus } from '../contract/fields.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { QuotedOrder } from '../domain/quote-lines.ts';
import { itemsColumn, type OrderWithItems } from './order-rows.ts';

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

/** Inserts an order as pending with its items and the first row of its history, in one statement. */
export async function insertOrder(trx: Trx, order: NewOrder): Promise<OrderWithItems> {
  const inserted = await trx.raw<{ rows: { id: number }[] }>(
    `WITH placed AS (
       INSERT INTO orders (user_id, total_amount, currency, shipping_address, billing_address, payment_provider, payment_token,
         payment_status, saga_id)
       VALUES (:userId, :total, :currency, :shipping, :billing, :provider, :token, :paymentStatus, :sagaId)
       RETURNING id, user_id
     ), lines AS (
       INSERT INTO order_items (order_id, product_id, product_name, sku, quantity, unit_price, total_price)
       SELECT placed.id, line.product_id, line.product_name, line.sku, line.quantity, line.unit_price, line.total_price
       FROM placed, jsonb_to_recordset(:lines::jsonb)
         AS line(product_id int, product_name text, sku text, quantity int, unit_price numeric, total_price numeric)
     ), noted AS (
       INSERT INTO order_status_history (order_id, version, to_status, actor)
       SELECT id, 1, 'pending', 'user ' || user_id FROM placed
     )
     SELECT id FROM placed`,
    {
      userId: order.userId,
      total: toDecimal(order.totalCents),
      currency: order.currency,
      shipping: order.shippingAddress,
      billing: order.billingAddress,
      provider: order.payment.provider,
      token: order.payment.token,
      paymentStatus: order.paymentStatus,
      sagaId: order.sagaId,
      lines: JSON.stringify(
        order.lines.map((line) => ({
          product_id: line.productId,
          product_name: line.productName,
          sku: line.sku,
          quantity: line.quantity,
          unit_price: toDecimal(line.unitPriceCents),
          total_price: toDecimal(line.totalCents),
        })),
      ),
    },
  );
  return getOrder(trx, inserted.rows[0]?.id ?? 0);
}

/** The order, or undefined. */
export async function findOrder(db: Db | Trx, orderId: number): Promise<OrderWithItems | undefined> {
  const { rows } = await db.raw<{ rows: OrderWithItems[] }>(`SELECT o.*, ${itemsColumn} FROM orders o WHERE o.id = ?`, [
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
  const { rows } = await trx.raw<{ rows: OrderWithItems[] }>(
    `SELECT o.*, ${itemsColumn} FROM orders o WHERE o.id = ? FOR UPDATE OF o`,
    [orderId],
  );
  if (!rows[0]) throw orderNotFound();
  return rows[0];
}

/**
 * Moves a locked order to another status and notes it in its history, in one statement. The version grows by one; throws when the order is
 * not the one that was read, which its lock makes impossible.
 */
export async function saveStatus(trx: Trx, order: OrderWithItems, change: StatusChange): Promise<OrderWithItems> {
  const { rows } = await trx.raw<{ rows: OrderWithItems[] }>(
    `WITH moved AS (
       UPDATE orders SET status = :to, status_reason = :reason, version = version + 1, updated_at = CURRENT_TIMESTAMP,
         tracking_number = coalesce(:tracking, tracking_number), payment_status = coalesce(:payment, payment_status)
       WHERE id = :id AND status = :from AND version = :version
       RETURNING *
     ), noted AS (
       INSERT INTO order_status_history (order_id, version, from_status, to_status, actor, reason)
       SELECT id, version, :from, :to, :actor, :reason FROM moved
     )
     SELECT * FROM moved`,
    {
      id: order.id,
      version: order.version,
      from: order.status,
      to: change.to,
      reason: change.reason,
      actor: change.actor,
      tracking: change.trackingNumber ?? null,
      payment: change.paymentStatus ?? null,
    },
  );
  if (!rows[0]) throw new Error(`order ${order.id} changed under its lock`);
  return { ...rows[0], items: order.items };
}

/** Takes from a locked order the possibility of being confirmed. */
export async function saveUnconfirmable(trx: Trx, orderId: number): Promise<void> {
  await trx('orders').where({ id: orderId, status: 'pending' }).update({ confirmable: false });
}

/** Notes what became of an order's money; true when that was news. A refund is never taken back by a capture that comes late. */
export async function savePaymentStatus(
  trx: Trx,
  orderId: number,
  status: PaymentStatus,
  after: readonly PaymentStatus[],
): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `UPDATE orders SET payment_status = ?, version = version + 1, updated_at = CURRENT_TIMESTAMP
     WHERE id = ? AND payment_status = ANY(?)`,
    [status, orderId, [...after]],
  );
  return rowCount === 1;
}
