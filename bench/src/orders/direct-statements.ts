/** Products 1 to n with stock that does not end. */
export const insertProducts = `
  INSERT INTO products (name, price, stock_quantity, sku)
  SELECT 'Bench lamp', 19.99, 10000000, 'BENCH-' || n FROM generate_series(1, $1::int) AS n`;

/** Orders of two products each: order, items and first line of the history. */
export const placeOrders = {
  name: 'place',
  text: `
    WITH wanted AS (
      SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[]) AS w(saga_id, first, second)
    ), placed AS (
      INSERT INTO orders (user_id, total_amount, shipping_address, billing_address, payment_provider, payment_token, saga_id)
      SELECT 1, 39.98, '1 Bench Street, Benchville', '1 Bench Street, Benchville', 'sandbox', 'tok_approve', saga_id FROM wanted
      RETURNING id, saga_id
    ), items AS (
      INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, product_name, sku)
      SELECT id, product_id, 1, 19.99, 19.99, 'Bench lamp', 'BENCH-' || product_id
      FROM placed JOIN wanted USING (saga_id) CROSS JOIN LATERAL (VALUES (first), (second)) AS line(product_id)
    ), history AS (
      INSERT INTO order_status_history (order_id, version, to_status, actor) SELECT id, 1, 'pending', 'user:1' FROM placed
    )
    SELECT id FROM placed`,
};

/** The products of an order are known from its number alone, so that no answer has to be carried from one database to the other. */
const lines = `
  SELECT order_id, 1 + (order_id * 7) % 100 AS product_id FROM unnest($1::int[]) AS o(order_id)
  UNION SELECT order_id, 1 + (order_id * 13 + 1) % 100 FROM unnest($1::int[]) AS o(order_id)`;

const locked = `
  SELECT id FROM products WHERE id IN (SELECT product_id FROM lines) ORDER BY id FOR NO KEY UPDATE`;

export const reserveStock = {
  name: 'reserve',
  text: `
    WITH lines AS (${lines}), locked AS (${locked}), held AS (
      INSERT INTO stock_reservations (order_id, product_id, quantity) SELECT order_id, product_id, 1 FROM lines
    ), noted AS (
      INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
      SELECT product_id, 'reserve', 0, 1, order_id, 'direct' FROM lines
    ), sums AS (SELECT product_id, count(*)::int AS n FROM lines JOIN locked ON locked.id = product_id GROUP BY product_id)
    UPDATE products SET reserved = reserved + n FROM sums WHERE products.id = product_id`,
};

function settleStock(name: string, to: string, onHand: number, sold: number) {
  return {
    name,
    text: `
      WITH lines AS (${lines}), locked AS (${locked}), moved AS (
        UPDATE stock_reservations AS r SET state = '${to}', updated_at = now() FROM lines
        WHERE r.order_id = lines.order_id AND r.product_id = lines.product_id AND r.state = 'reserved'
        RETURNING r.order_id, r.product_id
      ), noted AS (
        INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
        SELECT product_id, '${name}', ${onHand}, -1, order_id, 'direct' FROM moved
      ), sums AS (SELECT product_id, count(*)::int AS n FROM moved JOIN locked ON locked.id = product_id GROUP BY product_id)
      UPDATE products SET stock_quantity = stock_quantity + n * ${onHand}, reserved = reserved - n, sold = sold + n * ${sold}
      FROM sums WHERE products.id = product_id`,
  };
}

export const commitStock = settleStock('commit', 'committed', -1, 1);
export const releaseStock = settleStock('release', 'released', 0, 0);

function charge(name: string, state: string, attempt: string) {
  return {
    name,
    text: `
      WITH charged AS (
        INSERT INTO payments (order_id, user_id, amount_cents, currency, provider, method_token, idempotency_key, state)
        SELECT order_id, 1, 3998, 'EUR', 'sandbox', 'tok_approve', 'order:' || order_id, '${state}' FROM unnest($1::int[]) AS o(order_id)
        RETURNING id
      )
      INSERT INTO payment_attempts (payment_id, operation, amount_cents, provider_key, context, state, calls, settled_at)
      SELECT id, 'authorise', 3998, 'authorise:' || id, '{}', '${attempt}', 1, clock_timestamp() FROM charged`,
  };
}

export const authorise = charge('authorise', 'authorized', 'succeeded');
export const decline = charge('decline', 'failed', 'refused');

export const capture = {
  name: 'capture',
  text: `
    WITH captured AS (
      UPDATE payments SET state = 'captured', captured_cents = amount_cents, version = version + 1, updated_at = clock_timestamp()
      WHERE order_id = ANY ($1::int[]) AND state = 'authorized' RETURNING id
    )
    INSERT INTO payment_attempts (payment_id, operation, amount_cents, provider_key, context, state, calls, settled_at)
    SELECT id, 'capture', 3998, 'capture:' || id, '{}', 'succeeded', 1, clock_timestamp() FROM captured`,
};

function endOrders(name: string, to: string) {
  return {
    name,
    text: `
      WITH ended AS (
        UPDATE orders SET status = '${to}', version = version + 1, updated_at = CURRENT_TIMESTAMP
        WHERE id = ANY ($1::int[]) AND status = 'pending' RETURNING id, version
      )
      INSERT INTO order_status_history (order_id, version, from_status, to_status, actor)
      SELECT id, version, 'pending', '${to}', 'direct' FROM ended`,
  };
}

export const confirmOrders = endOrders('confirm', 'confirmed');
export const rejectOrders = endOrders('reject', 'rejected');
