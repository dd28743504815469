import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const sales120: Migration = { name: '120-sales', up, down };

/**
 * How much of each product orders have bought, as order events tell it. It lies apart from products: the popularity of a product
 * is sorted by, so each change of it rewrites an index, and stock is reserved and sold under locks of the product's own row.
 */
async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE product_sales (
      product_id INTEGER PRIMARY KEY REFERENCES products(id) ON DELETE CASCADE,
      sold BIGINT NOT NULL DEFAULT 0
    ) WITH (fillfactor = 80);
    CREATE INDEX product_sales_by_sold ON product_sales (sold DESC, product_id DESC);

    -- The newest state of each order that was counted, so that no event counts twice or after a newer one.
    CREATE TABLE order_sales (
      order_id INTEGER PRIMARY KEY,
      version BIGINT NOT NULL,
      counts BOOLEAN NOT NULL
    );

    CREATE FUNCTION start_sales_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO product_sales (product_id) SELECT id FROM added;
      RETURN NULL;
    END $$;
    -- Whoever adds products, they can be sorted by what was sold of them.
    CREATE TRIGGER products_start_sales AFTER INSERT ON products
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION start_sales_of_new();
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP TRIGGER products_start_sales ON products;
    DROP FUNCTION start_sales_of_new();
    DROP TABLE order_sales, product_sales;
  `);
}
