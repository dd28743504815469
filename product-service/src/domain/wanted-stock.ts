export interface StockLine {
  readonly productId: number;
  readonly quantity: number;
}

/** A product of which there is not enough, with what there is. */
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
