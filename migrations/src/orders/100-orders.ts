import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const orders100: Migration = { name: '100-orders', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE orders (
      id SERIAL PRIMARY KEY,
      user_id INTEGER NOT NULL,
      total_amount DECIMAL(10,2) NOT NULL,
      status VARCHAR(50) DEFAULT 'pending',
      shipping_address TEXT NOT NULL,
      billing_address TEXT NOT NULL,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      currency CHAR(3) NOT NULL DEFAULT 'EUR',
      status_reason TEXT,
      payment_status VARCHAR(30) NOT NULL DEFAULT 'pending',
      payment_provider VARCHAR(32) NOT NULL,
      payment_token VARCHAR(128) NOT NULL,
      tracking_number VARCHAR(100),
      saga_id UUID NOT NULL UNIQUE,
      version INTEGER NOT NULL DEFAULT 1,
      confirmable BOOLEAN NOT NULL DEFAULT TRUE,
      CONSTRAINT orders_status_known CHECK (status IN
        ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'rejected', 'cancelling', 'cancelled')),
      CONSTRAINT orders_payment_status_known CHECK (payment_status IN
        ('not_required', 'pending', 'authorized', 'captured', 'partially_refunded', 'voided', 'refunded', 'failed')),
      CONSTRAINT orders_total_not_negative CHECK (total_amount >= 0),
      CONSTRAINT orders_complete CHECK (status IS NOT NULL AND created_at IS NOT NULL AND updated_at IS NOT NULL)
    );
    CREATE INDEX orders_by_user ON orders (user_id, id DESC);
    CREATE INDEX orders_by_status ON orders (status, id DESC);

    CREATE TABLE order_items (
      id SERIAL PRIMARY KEY,
      order_id INTEGER REFERENCES orders(id) ON DELETE CASCADE,
      product_id INTEGER NOT NULL,
      quantity INTEGER NOT NULL,
      unit_price DECIMAL(10,2) NOT NULL,
      total_price DECIMAL(10,2) NOT NULL,
      product_name VARCHAR(255) NOT NULL,
      sku VARCHAR(100) NOT NULL,
      CONSTRAINT order_items_quantity_positive CHECK (quantity > 0),
      CONSTRAINT order_items_total_is_product CHECK (total_price = unit_price * quantity)
    );
    CREATE INDEX order_items_by_order ON order_items (order_id);

    CREATE TABLE order_status_history (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
      version INTEGER NOT NULL,
      from_status VARCHAR(50),
      to_status VARCHAR(50) NOT NULL,
      actor VARCHAR(100) NOT NULL,
      reason TEXT,
      at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
      UNIQUE (order_id, version)
    );

    CREATE TABLE idempotency_keys (
      user_id INTEGER NOT NULL,
      route TEXT NOT NULL,
      key VARCHAR(255) NOT NULL,
      fingerprint TEXT NOT NULL,
      order_id INTEGER NOT NULL REFERENCES orders(id) ON DELETE CASCADE,
      answer JSONB NOT NULL,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      PRIMARY KEY (user_id, route, key)
    );
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE idempotency_keys, order_status_history, order_items, orders');
}
