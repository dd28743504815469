import { takeWhatArrived } from '@sagacity/chassis/batches/take-what-arrived';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { HttpClient } from '@sagacity/chassis/http-client/http-client';
import { toCents } from '@sagacity/chassis/money/cents';
import { compile } from '@sagacity/chassis/schema/validator';
import { type QuotesAnswer, quotesSchema } from '@sagacity/product-service/contract/quotes';
import type { Quote } from '../domain/quote-lines.ts';
import type { FetchQuotes, QuoteCaller } from '../use-cases/deps.ts';

const isQuotes = compile(quotesSchema);
const mostIds = 100;
/** After which orders no longer wait for the question of others. */
const patienceMs = 100;

interface Wanted {
  readonly productIds: readonly number[];
  readonly caller: QuoteCaller;
}

type Quotes = ReadonlyMap<number, Quote>;

/**
 * Quotes from the product service, held against its contract. Orders that arrive while a question is under way share the next one, which
 * lasts as long as the most patient of them waits and carries the request id of the first.
 */
export function quotesFrom(client: HttpClient): FetchQuotes {
  const questions = takeWhatArrived<Wanted, Quotes>(
    async (wanted) => {
      const quotes = await fetchAll(client, wanted);
      return wanted.map(() => quotes);
    },
    { failsTogether: true, patienceMs },
  );
  return async (productIds, caller) => {
    const quotes = await questions.submit({ productIds, caller });
    if (caller.deadlineMs !== undefined && caller.deadlineMs <= Date.now()) {
      throw new DomainError('service.timeout', 'The product-service did not answer in time.');
    }
    return quotes;
  };
}

async function fetchAll(client: HttpClient, wanted: readonly Wanted[]): Promise<Quotes> {
  const ids = [...new Set(wanted.flatMap(({ productIds }) => productIds))];
  const deadlines = wanted.map(({ caller }) => caller.deadlineMs ?? Number.POSITIVE_INFINITY);
  const latest = Math.max(...deadlines);
  const caller = {
    requestId: wanted[0]?.caller.requestId ?? '',
    deadlineMs: Number.isFinite(latest) ? latest : undefined,
  };
  const parts = Array.from({ length: Math.ceil(ids.length / mostIds) }, (_, n) =>
    fetchQuotes(client, ids.slice(n * mostIds, (n + 1) * mostIds), caller),
  );
  return new Map((await Promise.all(parts)).flat());
}

async function fetchQuotes(
  client: HttpClient,
  productIds: readonly number[],
  { requestId, deadlineMs }: QuoteCaller,
): Promise<[number, Quote][]> {
  const { status, body } = await client.send({
    method: 'GET',
    path: `/products/quotes?ids=${productIds.join(',')}`,
    headers: { 'x-request-id': requestId },
    deadlineMs,
  });
  if (status !== 200 || !isQuotes(body).valid) {
    throw new DomainError('service.unavailable', 'The catalogue cannot be read right now.', { retryAfterSeconds: 2 });
  }
  return (body as QuotesAnswer).items.map((item) => [item.product_id, toQuote(item)]);
}

function toQuote(item: QuotesAnswer['items'][number]): Quote {
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
