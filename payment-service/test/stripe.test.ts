import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import nock from 'nock';
import { createStripeProvider } from '../src/providers/stripe/stripe-provider.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';
import type { View } from './views.ts';

const api = 'https://api.stripe.com';
const orderId = 900;

describe('an order paid through stripe', () => {
  let fixture: DirectFixture;
  before(async () => {
    fixture = await startDirect();
    nock.disableNetConnect();
    nock.enableNetConnect('127.0.0.1');
  });
  after(async () => {
    nock.cleanAll();
    nock.enableNetConnect();
    await fixture.stop();
  });

  it('M11: whose first answer is lost is asked about, sent again under its key, captured and given back', async () => {
    const stripe = createStripeProvider({ secretKey: 'sk_test_1', webhookSecret: 'whsec_test', timeoutMs: 1_000 });
    const instance = fixture.instance({ providers: new Map([['stripe', stripe]]) });
    await instance.runner.start();
    const keys: string[] = [];
    const post = (path: string) =>
      nock(api)
        .post(path)
        .matchHeader('idempotency-key', (key) => keys.push(String(key)) > 0);
    post('/v1/payment_intents').reply(500, { error: { type: 'api_error', message: 'no' } });
    nock(api).get('/v1/payment_intents/search').query(true).reply(200, { object: 'search_result', data: [] });
    post('/v1/payment_intents').reply(200, intent('requires_capture'));
    post('/v1/payment_intents/pi_1/capture').reply(200, { ...intent('succeeded'), amount_received: 5998 });
    post('/v1/refunds').reply(200, {
      ...{ id: 're_1', object: 'refund', amount: 5998, currency: 'eur', status: 'succeeded', payment_intent: 'pi_1' },
      metadata: {},
    });

    await fixture.handle(instance, { command: 'charge', orderId, provider: 'stripe', token: 'pm_card_visa' });
    await untilReplies(1);
    await fixture.handle(instance, { command: 'capture', orderId });
    await untilReplies(2);
    await fixture.handle(instance, { command: 'refund', orderId });
    const view = await untilReplies(3);

    expect(view.replies.map(({ outcome }) => outcome)).to.deep.equal(['done', 'done', 'done']);
    expect(view.events).to.deep.equal(['payment.authorized', 'payment.captured', 'payment.refunded']);
    expect(view.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded', 'refund succeeded']);
    const [first, second, ...others] = [...new Set(keys)];
    expect(first).to.match(/:charge-payment:forward:authorise:1$/);
    expect(second).to.match(/:capture:1$/);
    expect(others).to.have.lengthOf(1);
    expect(nock.isDone()).to.equal(true);
  }).timeout(30_000);

  function untilReplies(count: number): Promise<View> {
    return waitFor(
      `${count} answers`,
      async () => {
        const view = await fixture.view(orderId);
        return view.replies.length >= count && view;
      },
      10_000,
    );
  }
});

function intent(status: string): object {
  return {
    id: 'pi_1',
    object: 'payment_intent',
    amount: 5998,
    amount_received: 0,
    currency: 'eur',
    status,
    metadata: {},
  };
}
