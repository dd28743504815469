import type pg from 'pg';
import { createVocabulary } from './vocabulary.ts';

const { brands, colours, materials, things, sentences, categories } = createVocabulary();

/** Products `$1` to `$2`, with the rest of `generatedValues`: a SELECT of number, sku, name, description, price, category, stock and sold. */
export const generatedRows = `
  SELECT n, 'GEN-' || n AS sku,
    bench_pick($3, n, 1) || ' ' || bench_pick($4, n, 2) || ' ' || bench_pick($5, n, 3) || ' ' || bench_pick($6, n, 4)
      || ' ' || chr(97 + floor(bench_random(n, 5) * 26)::int) || (100 + floor(bench_random(n, 6) * 900)) AS name,
    bench_any($7, n, 7) || '. ' || bench_any($7, n, 8) || '.' AS description,
    round((1 + exp(bench_random(n, 10) * 7.3))::numeric, 2) AS price,
    $8::text[] AS categories, floor(power(bench_random(n, 11), 2) * cardinality($8::text[]))::int + 1 AS category,
    CASE WHEN bench_random(n, 12) < 0.1 THEN 0 ELSE floor(bench_random(n, 13) * 200)::int END AS stock,
    floor(exp(bench_random(n, 14) * 9))::bigint - 1 AS sold
  FROM generate_series($1::int, $2::int) AS n`;

export function generatedValues(from: number, to: number): unknown[] {
  return [from, to, brands, colours, materials, things, sentences, categories];
}

/** Makes what generatedRows needs; as the superuser. */
export async function prepareRows(admin: pg.Client): Promise<void> {
  await admin.query(functions);
  await admin.query('INSERT INTO categories (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [categories]);
}

/** A hash stands for a seeded random number: the same for the same product everywhere. Of the words to pick, the first come most often. */
const functions = `
  CREATE OR REPLACE FUNCTION bench_random(n int, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(n, salt) & 1073741823) / 1073741824.0::float8
  $$;
  CREATE OR REPLACE FUNCTION bench_any(words text[], n int, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT words[floor(bench_random(n, salt) * cardinality(words))::int + 1]
  $$;
  CREATE OR REPLACE FUNCTION bench_pick(words text[], n int, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT words[floor(power(cardinality(words) + 1, bench_random(n, salt)))::int]
  $$`;
