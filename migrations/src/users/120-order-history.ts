import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const orderHistory120: Migration = { name: '120-order-history', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A projection of order events: no foreign key to users, since nothing orders the two streams.
    CREATE TABLE order_history (
      order_id INTEGER PRIMARY KEY,
      user_id INTEGER NOT NULL,
      status VARCHAR(50) NOT NULL,
      total_amount DECIMAL(10,2) NOT NULL,
      currency CHAR(3) NOT NULL,
      item_count INTEGER NOT NULL,
      version INTEGER NOT NULL,
      created_at TIMESTAMPTZ NOT NULL,
      updated_at TIMESTAMPTZ NOT NULL
    );
    CREATE INDEX order_history_by_user ON order_history (user_id, order_id DESC);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE order_history');
}
