import type { Db } from '@sagacity/chassis/db/database';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { listNewestFirst } from '@sagacity/chassis/lists/newest-first';
import type { OrderAnswer } from '../contract/orders.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import { itemsColumn, type OrderWithItems } from '../persistence/order-rows.ts';
import { orderAnswer } from './order-answer.ts';

export interface OrderFilters extends ListQuery {
  readonly userId?: number | undefined;
  readonly status?: OrderStatus | undefined;
  readonly created_from?: string | undefined;
  readonly created_to?: string | undefined;
}

/** Orders, the newest first, of one user or of all. */
export async function listOrders(db: Db, filters: OrderFilters): Promise<ListAnswer<OrderAnswer>> {
  const rows = db('orders as o').queryContext({});
  if (filters.userId !== undefined) rows.where('o.user_id', filters.userId);
  if (filters.status !== undefined) rows.where('o.status', filters.status);
  if (filters.created_from !== undefined) rows.where('o.created_at', '>=', utc(filters.created_from));
  if (filters.created_to !== undefined) rows.where('o.created_at', '<', utc(filters.created_to));
  return listNewestFirst<OrderWithItems, OrderAnswer>(filters, {
    rows,
    columns: ['o.*', db.raw(itemsColumn) as unknown as string],
    idColumn: 'o.id',
    idOf: ({ id }) => id,
    toItem: orderAnswer,
  });
}

/** created_at has no zone and holds UTC. */
function utc(timestamp: string): string {
  return new Date(timestamp).toISOString().replace('Z', '');
}
