export interface StockLine {
  readonly productId: number;
  readonly quantity: number;
}

export interface ShortItem {
  readonly product_id: number;
  readonly wanted: number;
  readonly available: number;
}

/** Sums the lines of one product, in the order of the products' ids: the order in which rows are locked, so that two orders never wait for each other. */
export function sumByProduct(lines: readonly StockLine[]): StockLine[] {
  const sums = new Map<number, number>();
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return [...sums].map(([productId, quantity]) => ({ productId, quantity })).sort((a, b) => a.productId - b.productId);
}

/** The items of which there is not enough, with what there is. */
export function shortItems(wanted: readonly StockLine[], available: ReadonlyMap<number, number>): ShortItem[] {
  return wanted
    .map(({ productId, quantity }) => ({
      product_id: productId,
      wanted: quantity,
      available: available.get(productId) ?? 0,
    }))
    .filter((item) => item.wanted > item.available);
}
