import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { HttpClient } from '@sagacity/chassis/http-client/http-client';
import { toCents } from '@sagacity/chassis/money/cents';
import { compile } from '@sagacity/chassis/schema/validator';
import { type QuotesAnswer, quotesSchema } from '@sagacity/product-service/contract/quotes';
import type { FetchQuotes } from '../use-cases/deps.ts';

const isQuotes = compile(quotesSchema);

/** Quotes from the product service, held against its contract. */
export function quotesFrom(client: HttpClient): FetchQuotes {
  return async (productIds, { requestId, deadlineMs }) => {
    const { status, body } = await client.send({
      method: 'GET',
      path: `/products/quotes?ids=${productIds.join(',')}`,
      headers: { 'x-request-id': requestId },
      deadlineMs,
    });
    if (status !== 200 || !isQuotes(body).valid) {
      throw new DomainError('service.unavailable', 'The catalogue cannot be read right now.', { retryAfterSeconds: 2 });
    }
    return new Map((body as QuotesAnswer).items.map((item) => [item.product_id, toQuote(item)]));
  };
}

function toQuote(item: QuotesAnswer['items'][number]) {
  return {
    productId: item.product_id,
    name: item.name,
    sku: item.sku,
    priceCents: toCents(item.price),
    currency: item.currency,
    available: item.available_quantity,
    active: item.is_active,
  };
}
