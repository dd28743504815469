/** A piece of SQL with its named values. */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface ProductFilters {
  readonly category_id?: number | undefined;
  readonly min_price?: number | undefined;
  readonly max_price?: number | undefined;
  readonly in_stock?: boolean | undefined;
}

/** Which products a list shows; all conditions hold together. */
export function conditionsOf(filters: ProductFilters): Condition[] {
  const conditions: Condition[] = [{ sql: 'p.is_active', values: {} }];
  const add = (sql: string, values: Condition['values']) => conditions.push({ sql, values });
  if (filters.category_id !== undefined) add('p.category_id = :category', { category: filters.category_id });
  if (filters.min_price !== undefined) add('p.price >= :minPrice', { minPrice: filters.min_price });
  if (filters.max_price !== undefined) add('p.price <= :maxPrice', { maxPrice: filters.max_price });
  if (filters.in_stock === true) add('p.stock_quantity > p.reserved', {});
  if (filters.in_stock === false) add('p.stock_quantity = p.reserved', {});
  return conditions;
}

/**
 * Products that match a search: words as people type them, the last one also as a prefix.
 * `similar` finds names that look alike, for typos; it is used when the words find nothing.
 */
export function matchOf(q: string, how: 'words' | 'similar'): Condition & { readonly rank: string } {
  if (how === 'similar') {
    return { sql: ':q <% p.name', values: { q }, rank: 'word_similarity(:q, p.name)' };
  }
  const words = q.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const prefix = words.map((word, index) => (index === words.length - 1 ? `${word}:*` : word)).join(' & ');
  // An empty tsquery matches nothing.
  const query =
    "(websearch_to_tsquery('english', :q) || to_tsquery('english', :prefix) || to_tsquery('simple', :prefix))";
  return { sql: `p.search @@ ${query}`, values: { q, prefix }, rank: `ts_rank_cd(p.search, ${query})` };
}

/** The conditions as one WHERE clause. */
export function joined(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND '),
    values: Object.assign({}, ...conditions.map(({ values }) => values)),
  };
}
