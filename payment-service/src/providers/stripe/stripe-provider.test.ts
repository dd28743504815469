import { expect } from 'chai';
import nock from 'nock';
import type { ProviderRequest, StatusQuery } from '../provider.ts';
import { createStripeProvider } from './stripe-provider.ts';

const api = 'https://api.stripe.com';
const provider = createStripeProvider({ secretKey: 'sk_test_1', webhookSecret: 'whsec_test', timeoutMs: 200 });
const signal = new AbortController().signal;

describe('stripe', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    const pending = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    expect(pending).to.deep.equal([]);
  });

  it('holds the amount under our key, which stands in the metadata too', async () => {
    let [body, key] = [new URLSearchParams(), ''];
    nock(api)
      .post('/v1/payment_intents', (sent) => {
        body = new URLSearchParams(sent);
        return true;
      })
      .matchHeader('idempotency-key', (value) => {
        key = String(value);
        return true;
      })
      .reply(200, intent('requires_capture'));
    const answer = await provider.authorise(request(), signal);
    expect(answer).to.deep.equal({ kind: 'succeeded', reference: 'pi_1', amountCents: 5998, currency: 'EUR' });
    expect(key).to.equal('saga:charge');
    expect(Object.fromEntries(body)).to.deep.include({
      amount: '5998',
      currency: 'eur',
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: 'true',
      'metadata[order_id]': '7',
      'metadata[request_key]': 'saga:charge',
    });
  });

  for (const [name, error, code] of [
    [
      'a card that is declined',
      { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline' },
      'payment.declined',
    ],
    [
      'a card without the money',
      { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' },
      'payment.insufficient_funds',
    ],
    [
      'a bank that wants its customer',
      { type: 'card_error', code: 'authentication_required' },
      'payment.authentication_required',
    ],
  ] as const) {
    it(`refuses ${name}`, async () => {
      nock(api)
        .post('/v1/payment_intents')
        .reply(402, { error: { ...error, message: 'no' } });
      expect(await provider.authorise(request(), signal)).to.deep.include({ kind: 'refused', code });
    });
  }

  it('refuses what needs the customer, a method that Stripe does not know, and currencies with other decimals', async () => {
    nock(api).post('/v1/payment_intents').reply(200, intent('requires_action'));
    nock(api)
      .post('/v1/payment_intents')
      .reply(400, { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'no' } });
    const answers = [
      await provider.authorise(request(), signal),
      await provider.authorise(request(), signal),
      await provider.authorise(request({ currency: 'JPY' }), signal),
    ];
    expect(answers.map((answer) => 'code' in answer && answer.code)).to.deep.equal([
      'payment.authentication_required',
      'payment.method_invalid',
      'payment.currency_unsupported',
    ]);
  });

  it('leaves open what a lost answer, a 5xx or a key that is being worked on leave open, and sends nothing again by itself', async () => {
    nock(api)
      .post('/v1/payment_intents')
      .reply(500, { error: { type: 'api_error', message: 'no' } });
    nock(api).post('/v1/payment_intents').replyWithError('socket hang up');
    nock(api)
      .post('/v1/payment_intents')
      .reply(409, { error: { type: 'idempotency_error', code: 'idempotency_key_in_use', message: 'no' } });
    nock(api).post('/v1/payment_intents').delay(2_000).reply(200, intent('requires_capture'));
    for (let n = 0; n < 4; n += 1) {
      const failure = await provider.authorise(request(), signal).catch((error: unknown) => error);
      expect(failure, `${n + 1}`).to.be.instanceOf(Error);
    }
    nock.abortPendingRequests();
  });

  it('says that nothing was done when Stripe takes no more requests, or not our key', async () => {
    nock(api)
      .post('/v1/payment_intents')
      .reply(429, { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'no' } });
    nock(api)
      .post('/v1/payment_intents')
      .reply(401, { error: { type: 'invalid_request_error', message: 'no' } });
    for (let n = 0; n < 2; n += 1) {
      expect((await provider.authorise(request(), signal)).kind).to.equal('unavailable');
    }
  });

  it('captures, and believes what Stripe says was received', async () => {
    nock(api)
      .post('/v1/payment_intents/pi_1/capture', {
        amount_to_capture: '5998',
        metadata: { capture_key: 'saga:capture' },
      })
      .matchHeader('idempotency-key', 'saga:capture')
      .reply(200, { ...intent('succeeded'), amount_received: 5997 });
    const answer = await provider.capture(request({ key: 'saga:capture', reference: 'pi_1' }), signal);
    expect(answer).to.deep.include({ kind: 'succeeded', amountCents: 5997 });
  });

  it('is refused the capture of what was canceled', async () => {
    const error = { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message: 'no' };
    nock(api).post('/v1/payment_intents/pi_1/capture').reply(400, { error });
    const answer = await provider.capture(request({ reference: 'pi_1' }), signal);
    expect(answer).to.deep.include({ kind: 'refused', code: 'provider.not_possible' });
  });

  it('gives a hold back by canceling it, and money by a refund, which is open until it is through', async () => {
    nock(api).post('/v1/payment_intents/pi_1/cancel').reply(200, intent('canceled'));
    nock(api)
      .post('/v1/refunds', { payment_intent: 'pi_1', amount: '5998', metadata: { request_key: 'saga:refund' } })
      .twice()
      .reply(200, refund('succeeded'));
    nock(api).post('/v1/refunds').reply(200, refund('pending'));
    nock(api).post('/v1/refunds').reply(200, refund('failed'));
    const back = request({ key: 'saga:refund', reference: 'pi_1' });
    expect((await provider.void(back, signal)).kind).to.equal('succeeded');
    const refunds = [];
    for (let n = 0; n < 4; n += 1) refunds.push(await provider.refund(back, signal));
    expect(refunds.map(({ kind }) => kind)).to.deep.equal(['succeeded', 'succeeded', 'unclear', 'refused']);
    expect(refunds[0]).to.deep.equal(refunds[1]);
  });

  describe('asked what became of a request', () => {
    it('finds a hold by our key, or tells that there is none', async () => {
      const search = (data: object[]) =>
        nock(api)
          .get('/v1/payment_intents/search')
          .query({ query: "metadata['request_key']:'saga:charge'", limit: '1' })
          .reply(200, { object: 'search_result', data });
      search([intent('requires_capture')]);
      search([]);
      const found = [
        await provider.status(query('authorise'), signal),
        await provider.status(query('authorise'), signal),
      ];
      expect(found.map(({ kind }) => kind)).to.deep.equal(['succeeded', 'not_found']);
    });

    for (const [operation, status, kind] of [
      ['capture', 'succeeded', 'succeeded'],
      ['capture', 'requires_capture', 'not_found'],
      ['capture', 'canceled', 'refused'],
      ['void', 'canceled', 'succeeded'],
      ['void', 'requires_capture', 'not_found'],
      ['void', 'succeeded', 'refused'],
    ] as const) {
      it(`takes an intent that is ${status} as ${kind} of a ${operation}`, async () => {
        nock(api)
          .get('/v1/payment_intents/pi_1')
          .reply(200, { ...intent(status), amount_received: 5998 });
        expect((await provider.status(query(operation), signal)).kind).to.equal(kind);
      });
    }

    it('finds a refund by our key among those of the charge', async () => {
      const list = (data: object[]) =>
        nock(api)
          .get('/v1/refunds')
          .query({ payment_intent: 'pi_1', limit: '100' })
          .reply(200, { object: 'list', data });
      list([refund('failed', 'another'), refund('succeeded', 'saga:charge')]);
      list([refund('succeeded', 'another')]);
      const found = [await provider.status(query('refund'), signal), await provider.status(query('refund'), signal)];
      expect(found.map(({ kind }) => kind)).to.deep.equal(['succeeded', 'not_found']);
    });
  });

  it('knows ids of payment methods, and no card numbers', () => {
    expect(
      ['pm_card_visa', 'tok_approve', '4242424242424242', 'pm_'].map((token) => provider.acceptsToken(token)),
    ).to.deep.equal([true, false, false, false]);
  });
});

function request(overrides: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    key: 'saga:charge',
    orderId: 7,
    token: 'pm_card_visa',
    reference: null,
    amountCents: 5998,
    currency: 'EUR',
    ...overrides,
  };
}

function query(operation: StatusQuery['operation']): StatusQuery {
  return { ...request({ reference: operation === 'authorise' ? null : 'pi_1' }), operation };
}

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

function refund(status: string, key = 'saga:refund'): object {
  return {
    id: 're_1',
    object: 'refund',
    amount: 5998,
    currency: 'eur',
    status,
    payment_intent: 'pi_1',
    metadata: { request_key: key },
  };
}
