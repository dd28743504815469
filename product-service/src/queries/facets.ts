import type { SearchAnswer } from '../contract/products.ts';

/** How many matches there are in one category and one range of prices. */
export interface FacetRow {
  readonly category_id: number | null;
  readonly bucket: number;
  readonly count: number;
}

const priceBounds = [0, 10, 25, 50, 100, 250] as const;

/** SQL that tells the range of a price: 1 for the first. */
export const priceBucket = `width_bucket(price, ARRAY[${priceBounds.join(',')}]::numeric[])`;

/** The counts by category, the largest first, and by range of prices. */
export function facetsOf(rows: readonly FacetRow[], names: ReadonlyMap<number, string>): SearchAnswer['facets'] {
  const byCategory = new Map<number, number>();
  const byPrice = new Map<number, number>();
  for (const { category_id: id, bucket, count } of rows) {
    byPrice.set(bucket, (byPrice.get(bucket) ?? 0) + count);
    if (id !== null) byCategory.set(id, (byCategory.get(id) ?? 0) + count);
  }
  return {
    categories: [...byCategory]
      .map(([id, count]) => ({ id, name: names.get(id) ?? '', count }))
      .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name)),
    price_ranges: priceBounds.map((from, index) => ({
      from,
      to: priceBounds[index + 1] ?? null,
      count: byPrice.get(index + 1) ?? 0,
    })),
  };
}
