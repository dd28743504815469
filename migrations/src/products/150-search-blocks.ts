import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const searchBlocks150: Migration = { name: '150-search-blocks', up, down };

/**
 * Puts each product's block into what is searched, so that the matches among the products of some blocks can be read alone; and gives
 * categories an index that also tells prices and whether there is stock, by which a filtered list is counted without its products.
 */
async function up(knex: Knex): Promise<void> {
  // `#` is in no word that is typed or parsed, so nobody finds it by accident. It has no place and so no part in the rank.
  await searchBy(knex, `${words} || array_to_tsvector(ARRAY['#' || (id >> 13)::text])`);
  await categoriesBy(knex, '(category_id, price, id) INCLUDE (in_stock)');
}

async function down(knex: Knex): Promise<void> {
  await searchBy(knex, words);
  await categoriesBy(knex, '(category_id, id)');
}

const words = `setweight(to_tsvector('english', name), 'A') ||
  setweight(to_tsvector('simple', sku), 'A') ||
  setweight(to_tsvector('simple', coalesce('category' || category_id::text, '')), 'B') ||
  setweight(to_tsvector('english', coalesce(description, '')), 'C')`;

/** Rewrites the table under a lock: docs/adr/0008-newest-matches.md says for how long. */
async function searchBy(knex: Knex, expression: string): Promise<void> {
  await knex.raw(`
    DROP INDEX products_by_category;
    ALTER TABLE products DROP COLUMN search;
    ALTER TABLE products ADD COLUMN search tsvector GENERATED ALWAYS AS (${expression}) STORED;
    CREATE INDEX products_search ON products USING gin (search) WITH (gin_pending_list_limit = 1024);
  `);
}

async function categoriesBy(knex: Knex, columns: string): Promise<void> {
  await knex.raw(`CREATE INDEX products_by_category ON products ${columns} WHERE is_active`);
}
