/** What an order says of its products at one of its versions. */
export interface OrderSale {
  readonly orderId: number;
  readonly version: number;
  /** Undefined while a cancellation is under way: what counted before counts until it is over. */
  readonly counts: boolean | undefined;
  readonly lines: readonly { readonly productId: number; readonly quantity: number }[];
}

export interface CountedOrder {
  readonly version: number;
  readonly counts: boolean;
}

const sold = new Set(['confirmed', 'processing', 'shipped', 'delivered']);

/** Whether an order in this status has bought its items. */
export function countsAsSold(status: string): boolean | undefined {
  return status === 'cancelling' ? undefined : sold.has(status);
}

/**
 * What the sales change, given in any order and any number of times, and the state of their orders after them.
 * An order's items never change; so its newest version alone decides whether they count.
 */
export function countSales(
  sales: readonly OrderSale[],
  known: ReadonlyMap<number, CountedOrder>,
): { readonly orders: Map<number, CountedOrder>; readonly deltas: Map<number, number> } {
  const orders = new Map<number, CountedOrder>();
  const deltas = new Map<number, number>();
  for (const { orderId, version, counts, lines } of sales) {
    const before = orders.get(orderId) ?? known.get(orderId) ?? { version: 0, counts: false };
    if (version <= before.version || counts === undefined) continue;
    orders.set(orderId, { version, counts });
    const sign = Number(counts) - Number(before.counts);
    if (sign === 0) continue;
    for (const { productId, quantity } of lines) deltas.set(productId, (deltas.get(productId) ?? 0) + sign * quantity);
  }
  return { orders, deltas };
}
