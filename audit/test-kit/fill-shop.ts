import type { ShopDatabases } from './shop-databases.ts';

/** The saga of an order: any id will do, as long as it is the same in both databases. */
const sagaId = `('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;
/** Of ten orders eight are sold, one is rejected and one cancelled after it was confirmed. */
const status = `CASE n % 10 WHEN 0 THEN 'rejected' WHEN 1 THEN 'cancelled' ELSE 'confirmed' END`;
const products = 100;

/** Fills an empty shop with orders of two items each that have ended in every legal way, and with all that belongs to them. */
export async function fillShop(shop: ShopDatabases, orders: number): Promise<void> {
  const numbers = `generate_series(1, ${orders}) AS n`;
  await fillProducts(shop, numbers);
  await fillOrders(shop, numbers);
  await fillPayments(shop, numbers);
  await fillSagas(shop, numbers);
  await Promise.all(Object.values(shop).map(({ runAsAdmin }) => runAsAdmin('ANALYZE')));
}

async function fillProducts({ products_db }: ShopDatabases, numbers: string): Promise<void> {
  await products_db.runAsAdmin(`
    INSERT INTO products (name, sku, price, stock_quantity)
    SELECT 'Product ' || n, 'P-' || n, 10, 100000 FROM generate_series(1, ${products}) AS n;
    INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, actor)
    SELECT id, 'receive', 100000, 0, 'fill' FROM products;
    INSERT INTO stock_reservations (order_id, product_id, quantity, state)
    SELECT n, 1 + (n + item) % ${products}, 1,
      CASE n % 10 WHEN 0 THEN 'released' WHEN 1 THEN 'returned' ELSE 'committed' END
    FROM ${numbers}, generate_series(0, 1) AS item;
    INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
    SELECT product_id, 'reserve', 0, 1, order_id, 'fill' FROM stock_reservations
    UNION ALL
    SELECT product_id, 'release', 0, -1, order_id, 'fill' FROM stock_reservations WHERE state = 'released'
    UNION ALL
    SELECT product_id, 'commit', -1, -1, order_id, 'fill' FROM stock_reservations WHERE state <> 'released'
    UNION ALL
    SELECT product_id, 'return', 1, 0, order_id, 'fill' FROM stock_reservations WHERE state = 'returned';
    UPDATE products SET stock_quantity = ledger.on_hand
    FROM (SELECT product_id, sum(on_hand_delta) AS on_hand FROM stock_movements GROUP BY 1) AS ledger
    WHERE ledger.product_id = products.id`);
}

async function fillOrders({ orders_db }: ShopDatabases, numbers: string): Promise<void> {
  await orders_db.runAsAdmin(`
    INSERT INTO orders (id, user_id, total_amount, status, shipping_address, billing_address, payment_provider, payment_token, saga_id)
    SELECT n, 1, 20, ${status}, 'a', 'b', 'sandbox', 'tok_approve', ${sagaId} FROM ${numbers};
    INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, product_name, sku)
    SELECT n, 1 + (n + item) % ${products}, 1, 10, 10, 'Product', 'P' FROM ${numbers}, generate_series(0, 1) AS item`);
}

async function fillPayments({ payments_db }: ShopDatabases, numbers: string): Promise<void> {
  await payments_db.runAsAdmin(`
    INSERT INTO payments (order_id, user_id, amount_cents, currency, provider, method_token, idempotency_key, state, captured_cents)
    SELECT n, 1, 2000, 'EUR', 'sandbox', 'tok_approve', 'charge-' || n,
      CASE n % 10 WHEN 0 THEN 'voided' ELSE 'captured' END, CASE n % 10 WHEN 0 THEN 0 ELSE 2000 END
    FROM ${numbers};
    INSERT INTO refunds (payment_id, amount_cents, state, idempotency_key, requested_by, settled_at)
    SELECT id, 2000, 'succeeded', 'refund-' || order_id, 'fill', now() FROM payments WHERE order_id % 10 = 1;
    UPDATE payments SET state = 'refunded' WHERE order_id % 10 = 1`);
}

async function fillSagas({ sagas_db }: ShopDatabases, numbers: string): Promise<void> {
  const saga = (id: string, type: string, end: string) => `
    SELECT ${id}, '${type}', 1, n, 1, ${end}, ${end}, false, '{}'::text[], 1, false, '{}'::jsonb, 1, 1, now(), now(), now(), now()`;
  const placed = `CASE n % 10 WHEN 0 THEN 'compensated' ELSE 'completed' END`;
  await sagas_db.runAsAdmin(`
    INSERT INTO sagas (id, type, definition_version, order_id, user_id, state, phase, pivot_passed, current_steps, attempt, retrying,
      data, version, last_seq, created_at, updated_at, state_entered_at, ended_at)
    ${saga(sagaId, 'place-order', placed)} FROM ${numbers}
    UNION ALL
    ${saga('gen_random_uuid()', 'cancel-order', `'completed'`)} FROM ${numbers} WHERE n % 10 = 1`);
}
