import type { Facts, OrderFact, SagaFact } from './facts.ts';

/** How an order must have ended for its stock and money. */
export type End = 'sold' | 'undone';

export interface SettledOrder {
  readonly order: OrderFact;
  readonly end: End;
}

const sold = new Set(['confirmed', 'processing', 'shipped', 'delivered']);
const undone = new Set(['rejected', 'cancelled']);

/** The orders of which no saga is under way: those whose stock and money must be where their status says. */
export function settledOrders({ orders, sagas }: Facts): SettledOrder[] {
  const active = new Set(sagas.filter(isActive).map(({ orderId }) => orderId));
  return orders.flatMap((order): SettledOrder[] => {
    if (active.has(order.id)) return [];
    if (sold.has(order.status)) return [{ order, end: 'sold' }];
    return undone.has(order.status) ? [{ order, end: 'undone' }] : [];
  });
}

export function isActive({ phase }: SagaFact): boolean {
  return phase !== 'completed' && phase !== 'compensated';
}

/** Things by the order that they belong to. */
export function byOrder<T extends { readonly orderId: number }>(
  things: readonly T[],
): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const thing of things) {
    const group = groups.get(thing.orderId);
    if (group) group.push(thing);
    else groups.set(thing.orderId, [thing]);
  }
  return groups;
}
