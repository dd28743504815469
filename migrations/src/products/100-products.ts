import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const products100: Migration = { name: '100-products', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE EXTENSION IF NOT EXISTS pg_trgm;

    CREATE TABLE categories (
      id SERIAL PRIMARY KEY,
      name VARCHAR(100) UNIQUE NOT NULL,
      description TEXT,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      version INTEGER NOT NULL DEFAULT 1,
      search tsvector GENERATED ALWAYS AS (to_tsvector('english', name) || to_tsvector('simple', name)) STORED
    );
    CREATE INDEX categories_search ON categories USING gin (search);

    CREATE TABLE products (
      id SERIAL PRIMARY KEY,
      name VARCHAR(255) NOT NULL,
      description TEXT,
      price DECIMAL(10,2) NOT NULL,
      category_id INTEGER REFERENCES categories(id),
      stock_quantity INTEGER DEFAULT 0,
      sku VARCHAR(100) UNIQUE NOT NULL,
      is_active BOOLEAN DEFAULT TRUE,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      currency CHAR(3) NOT NULL DEFAULT 'EUR',
      reserved INTEGER NOT NULL DEFAULT 0,
      sold INTEGER NOT NULL DEFAULT 0,
      version INTEGER NOT NULL DEFAULT 1,
      -- Indexed instead of the counters: it changes with the last unit alone, so that a sale rewrites no index.
      in_stock BOOLEAN NOT NULL GENERATED ALWAYS AS (stock_quantity > reserved) STORED,
      -- The category stands in it as its id: catalogue_query puts that in the place of its name, which may change.
      search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', name), 'A') ||
        setweight(to_tsvector('simple', sku), 'A') ||
        setweight(to_tsvector('simple', coalesce('category' || category_id::text, '')), 'B') ||
        setweight(to_tsvector('english', coalesce(description, '')), 'C')) STORED,
      CONSTRAINT products_price_not_negative CHECK (price >= 0),
      CONSTRAINT products_reserved_is_there CHECK (reserved BETWEEN 0 AND stock_quantity),
      CONSTRAINT products_complete
        CHECK (stock_quantity IS NOT NULL AND is_active IS NOT NULL AND created_at IS NOT NULL AND updated_at IS NOT NULL)
    ) WITH (fillfactor = 90);
    CREATE INDEX products_by_category ON products (category_id, id) WHERE is_active;
    CREATE INDEX products_by_price ON products (price, id) WHERE is_active;
    CREATE INDEX products_by_name ON products (name, id) WHERE is_active;
    CREATE INDEX products_by_created ON products (created_at, id) WHERE is_active;
    CREATE INDEX products_sold_out ON products (id) WHERE is_active AND NOT in_stock;
    CREATE INDEX products_search ON products USING gin (search) WITH (gin_pending_list_limit = 1024);

    CREATE TABLE stock_reservations (
      order_id INTEGER NOT NULL,
      product_id INTEGER NOT NULL REFERENCES products(id),
      quantity INTEGER NOT NULL CHECK (quantity > 0),
      state VARCHAR(20) NOT NULL DEFAULT 'reserved' CHECK (state IN ('reserved', 'committed', 'released', 'returned')),
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      PRIMARY KEY (order_id, product_id)
    );
    CREATE INDEX stock_reservations_held ON stock_reservations (product_id) WHERE state = 'reserved';

    -- Append-only: for each product the sums of both columns are its stock_quantity and its reserved.
    CREATE TABLE stock_movements (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      product_id INTEGER NOT NULL REFERENCES products(id),
      kind VARCHAR(20) NOT NULL CHECK (kind IN ('receive', 'adjust', 'reserve', 'release', 'commit', 'return')),
      on_hand_delta INTEGER NOT NULL,
      reserved_delta INTEGER NOT NULL,
      order_id INTEGER,
      actor VARCHAR(100) NOT NULL,
      reason TEXT,
      at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT stock_movements_move CHECK (on_hand_delta <> 0 OR reserved_delta <> 0),
      -- What each kind does to the two counters, and that an order's movements name their order.
      CONSTRAINT stock_movements_of_kind CHECK (CASE kind
        WHEN 'receive' THEN on_hand_delta > 0 AND reserved_delta = 0 AND order_id IS NULL
        WHEN 'adjust' THEN reserved_delta = 0 AND order_id IS NULL
        WHEN 'reserve' THEN on_hand_delta = 0 AND reserved_delta > 0 AND order_id IS NOT NULL
        WHEN 'release' THEN on_hand_delta = 0 AND reserved_delta < 0 AND order_id IS NOT NULL
        WHEN 'commit' THEN on_hand_delta < 0 AND reserved_delta = on_hand_delta AND order_id IS NOT NULL
        WHEN 'return' THEN on_hand_delta > 0 AND reserved_delta = 0 AND order_id IS NOT NULL
      END),
      -- Whatever is retried, each change of an order's reservation moves the stock once.
      UNIQUE (order_id, product_id, kind)
    );
    CREATE INDEX stock_movements_by_product ON stock_movements (product_id, id);
    -- From its owner too: what the service wrote, it cannot take back.
    REVOKE UPDATE, DELETE, TRUNCATE ON stock_movements FROM CURRENT_USER;
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE stock_movements, stock_reservations, products, categories; DROP EXTENSION pg_trgm');
}
