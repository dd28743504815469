import { DomainError, type ErrorDetail } from '@sagacity/chassis/errors/domain-error';
import { fromCents } from '@sagacity/chassis/money/cents';

/** What somebody wants to buy. */
export interface WantedItem {
  readonly productId: number;
  readonly quantity: number;
}

/** What the catalogue says of a product now. */
export interface Quote {
  readonly productId: number;
  readonly name: string;
  readonly sku: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly available: number;
  readonly active: boolean;
}

/** A line with the product as it is now: later changes of the catalogue do not reach it. */
export interface OrderLine {
  readonly productId: number;
  readonly productName: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly totalCents: number;
}

export interface QuotedOrder {
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
  readonly currency: string;
}

const mostCents = 9_999_999_999;

/**
 * Prices the wanted items, one line each. Throws `order.product_unknown`, `order.out_of_stock` when it is already certain,
 * `order.currency_mixed`, `order.total_too_large` or `order.price_changed`, each naming the items.
 */
export function quoteLines(
  wanted: readonly WantedItem[],
  quotes: ReadonlyMap<number, Quote>,
  expectedTotalCents: number | undefined,
): QuotedOrder {
  refuseUnknown(wanted, quotes);
  refuseShort(wanted, quotes);
  const lines = wanted.map(({ productId, quantity }) => toLine(quoteOf(quotes, productId), quantity));
  const currencies = new Set(wanted.map(({ productId }) => quoteOf(quotes, productId).currency));
  const [currency = ''] = currencies;
  if (currencies.size > 1) throw new DomainError('order.currency_mixed', 'An order has one currency.');
  const totalCents = lines.reduce((sum, line) => sum + line.totalCents, 0);
  if (totalCents > mostCents) throw new DomainError('order.total_too_large', 'The total is too large.');
  if (expectedTotalCents !== undefined && expectedTotalCents !== totalCents) {
    throw new DomainError('order.price_changed', 'The total is not what was expected.', {
      extensions: { total_amount: fromCents(totalCents) },
    });
  }
  return { lines, totalCents, currency };
}

function refuseUnknown(wanted: readonly WantedItem[], quotes: ReadonlyMap<number, Quote>): void {
  const errors = wanted.flatMap(({ productId }, index): ErrorDetail[] =>
    quotes.get(productId)?.active
      ? []
      : [{ pointer: `/items/${index}/product_id`, code: 'unknown', detail: `there is no product ${productId}` }],
  );
  if (errors.length > 0) throw new DomainError('order.product_unknown', 'A product is not for sale.', { errors });
}

/** The same product on several lines counts together. */
function refuseShort(wanted: readonly WantedItem[], quotes: ReadonlyMap<number, Quote>): void {
  const sums = new Map<number, number>();
  for (const { productId, quantity } of wanted) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  const errors = wanted.flatMap(({ productId }, index): ErrorDetail[] => {
    const { available } = quoteOf(quotes, productId);
    const short = (sums.get(productId) ?? 0) > available;
    return short
      ? [{ pointer: `/items/${index}/quantity`, code: 'short', detail: `only ${available} are available` }]
      : [];
  });
  if (errors.length > 0) throw new DomainError('order.out_of_stock', 'There is not enough in stock.', { errors });
}

function toLine(quote: Quote, quantity: number): OrderLine {
  return {
    productId: quote.productId,
    productName: quote.name,
    sku: quote.sku,
    quantity,
    unitPriceCents: quote.priceCents,
    totalCents: quote.priceCents * quantity,
  };
}

function quoteOf(quotes: ReadonlyMap<number, Quote>, productId: number): Quote {
  const quote = quotes.get(productId);
  if (!quote) throw new Error(`no quote for product ${productId}`);
  return quote;
}
