import type { Db } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import type { QuotesAnswer } from '../contract/quotes.ts';

interface QuoteRow {
  readonly product_id: number;
  readonly name: string;
  readonly sku: string;
  readonly price: string;
  readonly currency: string;
  readonly available_quantity: number;
  readonly is_active: boolean;
}

/** Names, prices and availability as they are now, never from a cache; unknown products are left out. */
export async function quoteProducts(db: Db, productIds: readonly number[]): Promise<QuotesAnswer> {
  const { rows } = await runSql<QuoteRow>(
    db,
    `SELECT id AS product_id, name, sku, price, currency, stock_quantity - reserved AS available_quantity, is_active
     FROM (SELECT * FROM unnest(?::int[]) AS wanted_id ${plannedAsFew}) AS wanted JOIN products ON id = wanted_id`,
    [[...new Set(productIds)]],
  );
  return { items: rows.map((row) => ({ ...row, price: fromCents(toCents(row.price)) })) };
}
