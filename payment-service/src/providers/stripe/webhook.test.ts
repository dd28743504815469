import { expect } from 'chai';
import Stripe from 'stripe';
import { createStripeProvider } from './stripe-provider.ts';

const secret = 'whsec_test';
const provider = createStripeProvider({ secretKey: 'sk_test_1', webhookSecret: secret, timeoutMs: 200 });
const now = new Date('2026-03-01T12:00:00Z');

describe('webhooks of stripe', () => {
  it('tell of a hold, a decline, a capture and a refund by the key of the request', () => {
    const hold = read('payment_intent.amount_capturable_updated', intent('requires_capture'));
    expect(hold).to.deep.include({ eventId: 'evt_1', key: 'saga:charge' });
    expect(hold.answer).to.deep.include({ kind: 'succeeded', reference: 'pi_1', amountCents: 5998, currency: 'EUR' });
    const failed = { ...intent('requires_payment_method'), last_payment_error: { decline_code: 'insufficient_funds' } };
    const decline = read('payment_intent.payment_failed', failed);
    expect(decline).to.deep.include({ key: 'saga:charge' });
    expect(decline.answer).to.deep.include({ kind: 'refused', code: 'payment.insufficient_funds' });
    const capture = read('payment_intent.succeeded', { ...intent('succeeded'), amount_received: 5998 });
    expect([capture.key, capture.answer.kind]).to.deep.equal(['saga:capture', 'succeeded']);
    const refund = read('refund.updated', {
      ...{ id: 're_1', object: 'refund', amount: 100, currency: 'eur', status: 'succeeded', payment_intent: 'pi_1' },
      metadata: { request_key: 'saga:refund' },
    });
    expect([refund.key, refund.answer.kind]).to.deep.equal(['saga:refund', 'succeeded']);
  });

  it('are taken without effect when they tell of nothing that we made', () => {
    expect(read('customer.created', { id: 'cus_1', object: 'customer' })).to.deep.include({ key: '' });
    expect(
      read('refund.updated', { id: 're_2', object: 'refund', status: 'succeeded', metadata: null, currency: 'eur' })
        .key,
    ).to.equal('');
  });

  it('M12: are forged when a byte, the secret or the header is another', () => {
    const { body, header } = signed('payment_intent.succeeded', intent('succeeded'));
    const forged = [
      { body: Buffer.from(body.toString().replace('5998', '5997')), header },
      { body, header: signed('payment_intent.succeeded', intent('succeeded'), 'whsec_other').header },
      { body, header: undefined },
      { body, header: '' },
      { body, header: header.replace('t=', 't=1') },
    ];
    for (const each of forged) expect(codeOf(each.body, each.header, now)).to.equal('payment.webhook_forged');
  });

  it('M12: are forged when they name a second time, beside the one that was signed', () => {
    const { body, header } = signed('payment_intent.succeeded', intent('succeeded'));
    const muchLater = new Date(now.getTime() + 86_400_000);
    const recent = `t=${muchLater.getTime() / 1_000}`;
    for (const twice of [`${recent},${header}`, `${header},${recent}`, `${recent},${header.replace('t=', 't=+')}`]) {
      expect(codeOf(body, twice, muchLater)).to.equal('payment.webhook_forged');
    }
  });

  it('M12: are stale five minutes after they were signed, and five before', () => {
    const { body, header } = signed('payment_intent.succeeded', intent('succeeded'));
    const at = (seconds: number) => codeOf(body, header, new Date(now.getTime() + seconds * 1_000));
    expect([at(300), at(301), at(-300), at(-301)]).to.deep.equal([
      '',
      'payment.webhook_stale',
      '',
      'payment.webhook_stale',
    ]);
  });
});

function read(type: string, object: object) {
  const { body, header } = signed(type, object);
  return provider.parseWebhook({ body, header: () => header, receivedAt: now });
}

function codeOf(body: Buffer, header: string | undefined, receivedAt: Date): string {
  try {
    provider.parseWebhook({ body, header: () => header, receivedAt });
    return '';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function signed(type: string, object: object, by = secret): { body: Buffer; header: string } {
  const payload = JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } });
  const timestamp = Math.floor(now.getTime() / 1_000);
  const header = new Stripe('sk_test_1').webhooks.generateTestHeaderString({ payload, secret: by, timestamp });
  return { body: Buffer.from(payload), header };
}

function intent(status: string): object {
  return {
    ...{ id: 'pi_1', object: 'payment_intent', amount: 5998, amount_received: 0, currency: 'eur', status },
    metadata: { request_key: 'saga:charge', capture_key: 'saga:capture' },
  };
}
