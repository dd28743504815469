import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { HttpCall, HttpClient } from '@sagacity/chassis/http-client/http-client';
import { expect } from 'chai';
import { quotesFrom } from './fetch-quotes.ts';

describe('quotes', () => {
  it('asks once for all orders that ask while a question is under way', async () => {
    const { client, calls, release } = catalogue();
    const fetchQuotes = quotesFrom(client);

    const first = fetchQuotes([1, 2], caller('a'));
    await calls.next();
    const others = [fetchQuotes([2, 3], caller('b', Date.now() + 60_000)), fetchQuotes([4], caller('c'))];
    release();
    const [one, ...rest] = await Promise.all([first, ...others]);

    expect(calls.paths).to.deep.equal(['/products/quotes?ids=1,2', '/products/quotes?ids=2,3,4']);
    expect([...(one?.keys() ?? [])]).to.deep.equal([1, 2]);
    expect(rest.map((quotes) => [3, 4].map((id) => quotes.get(id)?.name))).to.deep.equal([
      ['product 3', 'product 4'],
      ['product 3', 'product 4'],
    ]);
  });

  it('asks for as long as the most patient caller waits', async () => {
    const { client, calls, release } = catalogue();
    const fetchQuotes = quotesFrom(client);
    release();
    const [soon, later] = [Date.now() + 60_000, Date.now() + 120_000];

    await Promise.all([fetchQuotes([1], caller('a', soon)), fetchQuotes([2], caller('b', later))]);
    await Promise.all([fetchQuotes([1], caller('a', soon)), fetchQuotes([2], caller('b'))]);

    expect(calls.deadlines).to.deep.equal([later, undefined]);
  });

  it('fails for the caller who gave up meanwhile, and not for the one who waits on', async () => {
    const { client, release } = catalogue();
    const fetchQuotes = quotesFrom(client);
    release();

    const outcomes = await Promise.allSettled([
      fetchQuotes([1], caller('a', Date.now() - 1)),
      fetchQuotes([2], caller('b')),
    ]);

    expect((outcomes[0] as PromiseRejectedResult).reason.code).to.equal('service.timeout');
    expect(outcomes[1].status).to.equal('fulfilled');
  });

  it('asks for no more than a hundred products at a time', async () => {
    const { client, calls, release } = catalogue();
    release();
    const ids = (from: number) => Array.from({ length: 80 }, (_, n) => from + n);

    const [quotes] = await Promise.all([ids(1), ids(81)].map((wanted) => quotesFrom(client)(wanted, caller('a'))));
    const both = quotesFrom(client);
    await Promise.all([both(ids(1), caller('a')), both(ids(81), caller('b'))]);

    expect(quotes?.size).to.equal(80);
    expect(calls.paths.map((path) => path.split(',').length)).to.deep.equal([80, 80, 100, 60]);
  });

  it('fails for all that share a question, which is asked once', async () => {
    const { client, calls, release } = catalogue(() => {
      throw new DomainError('service.unavailable', 'away');
    });
    release();
    const fetchQuotes = quotesFrom(client);

    const outcomes = await Promise.allSettled([fetchQuotes([1], caller('a')), fetchQuotes([2], caller('b'))]);

    expect(outcomes.map((each) => (each as PromiseRejectedResult).reason.code)).to.deep.equal([
      'service.unavailable',
      'service.unavailable',
    ]);
    expect(calls.paths).to.have.lengthOf(1);
  });
});

function caller(requestId: string, deadlineMs?: number) {
  return { requestId, deadlineMs };
}

/** A product service that knows each product, and answers once it is released. */
function catalogue(before: () => void = () => undefined) {
  const paths: string[] = [];
  const deadlines: (number | undefined)[] = [];
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const client: HttpClient = {
    name: 'catalogue',
    start: async () => undefined,
    stop: async () => undefined,
    send: async ({ path, deadlineMs }: HttpCall) => {
      paths.push(path);
      deadlines.push(deadlineMs);
      called.resolve();
      await released.promise;
      before();
      const ids = path.slice(path.indexOf('=') + 1).split(',');
      return { status: 200, headers: new Headers(), body: { items: ids.map(Number).map(quoteOf) } };
    },
  };
  return { client, calls: { paths, deadlines, next: () => called.promise }, release: released.resolve };
}

function quoteOf(product_id: number) {
  const sold = { currency: 'EUR', available_quantity: 5, is_active: true };
  return { product_id, name: `product ${product_id}`, sku: `P-${product_id}`, price: 9.99, ...sold };
}
