import type { Sort } from '../contract/products.ts';
import type { Condition } from './product-filters.ts';

/** How a list is sorted; ties fall by the id, so that every product has one place. */
export interface Order {
  readonly expression: string;
  readonly id: 'p.id' | 's.product_id';
  readonly descending: boolean;
  /** The type that a cursor's text is read as. */
  readonly type: 'numeric' | 'text' | 'timestamp' | 'bigint';
  /** What the expression needs beside products. */
  readonly join: '' | 'JOIN product_sales s ON s.product_id = p.id';
}

const byColumn = (column: string, type: Order['type'], descending: boolean): Order => ({
  expression: `p.${column}`,
  id: 'p.id',
  descending,
  type,
  join: '',
});

export const orders: Readonly<Record<Sort, Order>> = {
  price: byColumn('price', 'numeric', false),
  '-price': byColumn('price', 'numeric', true),
  name: byColumn('name', 'text', false),
  '-name': byColumn('name', 'text', true),
  created_at: byColumn('created_at', 'timestamp', false),
  '-created_at': byColumn('created_at', 'timestamp', true),
  // By the id of the joined table: that is how its index is sorted.
  '-popularity': {
    expression: 's.sold',
    id: 's.product_id',
    descending: true,
    type: 'bigint',
    join: 'JOIN product_sales s ON s.product_id = p.id',
  },
};

/** The products that come after the cursor's. */
export function beyondCursor(
  { expression, id, descending, type }: Order,
  cursor: { value: string; id: number },
): Condition {
  return {
    sql: `((${expression})::${type}, ${id}) ${descending ? '<' : '>'} (:after::${type}, :afterId::int)`,
    values: { after: cursor.value, afterId: cursor.id },
  };
}
