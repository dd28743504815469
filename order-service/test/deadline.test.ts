import { createHttpClient } from '@sagacity/chassis/http-client/http-client';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { quotesFrom } from '../src/queries/fetch-quotes.ts';
import { anOrder, type OrderFixture, startOrders } from './order-fixture.ts';

describe('an order whose caller gives up', () => {
  const asked: string[] = [];
  let catalogue: TestServer;
  let products: ReturnType<typeof createHttpClient>;
  let orders: OrderFixture;

  before(async () => {
    catalogue = await serve((request) => void asked.push(String(request.headers['x-request-deadline'])));
    products = createHttpClient({
      server: 'product-service',
      baseUrl: catalogue.url,
      logger: silentLogger,
      metrics: new Registry(),
      timeoutMs: 20_000,
    });
    orders = await startOrders({ fetchQuotes: quotesFrom(products) });
  });
  after(async () => {
    await orders.stop();
    await products.stop();
    await catalogue.stop();
  });

  it('waits for no catalogue beyond that, tells it of the deadline, and is not placed', async () => {
    const deadline = Date.now() + 300;

    const answer = await orders.server.call('POST', '/orders', {
      token: orders.tokens.issue(),
      body: anOrder(),
      headers: { 'x-request-deadline': String(deadline) },
    });

    expect([answer.status, answer.body.code]).to.deep.equal([504, 'service.timeout']);
    expect(Date.now()).to.be.within(deadline - 20, deadline + 5_000);
    expect(asked).to.have.lengthOf(1);
    expect(Number(asked[0])).to.be.at.most(deadline + 1);
    expect(await orders.database.db('orders')).to.deep.equal([]);
  });
});
