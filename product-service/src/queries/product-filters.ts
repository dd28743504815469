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
  if (filters.in_stock === true) add('p.in_stock', {});
  if (filters.in_stock === false) add('NOT p.in_stock', {});
  return conditions;
}

/** The conditions as one WHERE clause. */
export function joined(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => `(${sql})`).join(' AND '),
    values: Object.assign({}, ...conditions.map(({ values }) => values)),
  };
}
