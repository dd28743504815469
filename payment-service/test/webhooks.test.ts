import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { signatureHeader, signWebhook } from '../src/providers/sandbox/webhook-signature.ts';
import { type PaymentFixture, startPayments, webhookSecret } from './payment-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

interface Told {
  readonly id?: string;
  readonly operation?: string;
  readonly outcome?: 'moved' | 'refused';
  readonly key: string;
  readonly reference?: string;
  readonly amount?: number;
  readonly currency?: string;
}

describe('webhooks', () => {
  let payments: PaymentFixture;
  let orders = 400;

  before(async () => {
    // Slow enough for a webhook to come before the answer.
    payments = await startPayments({ SANDBOX_SLOW_MS: '1500', PAYMENT_PROVIDER_TIMEOUT_MS: '3000' });
  });
  after(() => payments.stop());

  const nextOrder = () => {
    orders += 1;
    return orders;
  };
  const until = (what: string, orderId: number, condition: (view: View) => boolean) =>
    waitFor(what, async () => {
      const view = await payments.view(orderId);
      return condition(view) && view;
    });
  /** Posts the bytes as they are, with a signature of them unless another one is given. */
  const post = async (body: Buffer, signature = signWebhook(webhookSecret, body, new Date())) => {
    const response = await fetch(`${payments.url()}/payments/webhooks/sandbox`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signature },
      body,
    });
    return { status: response.status, body: (await response.json()) as { outcome?: string; code?: string } };
  };
  const tell = (told: Told) => post(bodyOf(told));
  const inboxOf = (paymentId: number) =>
    payments.database.db('webhook_inbox').where({ payment_id: paymentId }).orderBy('received_at').pluck('outcome');
  const charge = async (orderId: number, token: string) => {
    await payments.send({ command: 'charge', orderId, token });
    const view = await until('the attempt', orderId, ({ attempts }) => attempts.length === 1);
    return view.attempts[0]?.provider_key as string;
  };
  const charged = async (orderId: number) => {
    const key = await charge(orderId, 'tok_approve');
    const view = await until('charged', orderId, ({ replies }) => replies.length === 1);
    return {
      key,
      reference: view.payments[0]?.provider_reference as string,
      paymentId: view.payments[0]?.id as number,
    };
  };

  it('M12: a webhook before the answer settles the payment; the answer, when it comes, changes nothing', async () => {
    const orderId = nextOrder();
    const key = await charge(orderId, 'tok_slow');
    const reference = await referenceInBooks(payments, orderId);

    const { status, body } = await tell({ key, reference });

    expect([status, body.outcome]).to.deep.equal([200, 'applied']);
    const early = await payments.view(orderId);
    expect(early.payments[0]?.state).to.equal('authorized');
    expect(early.replies).to.have.length(1);
    await payments.send({ command: 'capture', orderId });
    const view = await until('captured', orderId, ({ replies }) => replies.length === 2);
    expect(view.events).to.deep.equal(['payment.authorized', 'payment.captured']);
    expect(view.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded']);
  });

  it('M3: ten webhooks and the answer, all at once, settle one payment once', async () => {
    const orderId = nextOrder();
    const key = await charge(orderId, 'tok_slow');
    const reference = await referenceInBooks(payments, orderId);

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => tell({ id: `evt_race_${index}`, key, reference })),
    );
    // A stop waits for the answers that are under way.
    await payments.restart();

    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 10 }, () => 200));
    expect(answers.filter(({ body }) => body.outcome === 'applied')).to.have.length(1);
    const view = await payments.view(orderId);
    expect(view.events).to.deep.equal(['payment.authorized']);
    expect(view.replies).to.have.length(1);
  });

  it('M12: the same event again is taken without effect', async () => {
    const orderId = nextOrder();
    const { key, reference, paymentId } = await charged(orderId);
    const before = await payments.view(orderId);

    const outcomes = [];
    for (let index = 0; index < 3; index += 1) {
      outcomes.push((await tell({ id: 'evt_same', key, reference })).body.outcome);
    }

    expect(outcomes).to.deep.equal(['late', 'duplicate', 'duplicate']);
    expect(await inboxOf(paymentId)).to.deep.equal(['late']);
    expect(await payments.view(orderId)).to.deep.equal(before);
  });

  it('M12: an event that is late, out of order, or about nothing of ours is taken, and changes nothing', async () => {
    const orderId = nextOrder();
    const { key, reference } = await charged(orderId);
    await payments.send({ command: 'capture', orderId });
    await until('captured', orderId, ({ replies }) => replies.length === 2);
    const before = await payments.view(orderId);

    const declinedNow = await tell({ id: 'evt_late_decline', key, reference, outcome: 'refused' });
    const heldAgain = await tell({ id: 'evt_late_hold', key, reference });
    const unknown = await tell({ id: 'evt_unknown', key: 'no such key', reference: 'ch_other' });

    expect([declinedNow, heldAgain, unknown].map(({ status, body }) => [status, body.outcome])).to.deep.equal([
      [200, 'late'],
      [200, 'late'],
      [200, 'unmatched'],
    ]);
    expect(await payments.view(orderId)).to.deep.equal(before);
  });

  it('M12: a forged or stale webhook is refused with 401, and leaves no trace', async () => {
    const orderId = nextOrder();
    const key = await charge(orderId, 'tok_decline');
    await until('declined', orderId, ({ replies }) => replies.length === 1);
    const body = bodyOf({ id: 'evt_forged', key, reference: 'ch_forged' });
    const old = new Date(Date.now() - 6 * 60_000);

    const answers = [
      await post(body, signWebhook('somebody else knows this', body, new Date())),
      await post(body, signWebhook(webhookSecret, Buffer.from('{}'), new Date())),
      await post(body, ''),
      await post(body, signWebhook(webhookSecret, body, old)),
    ];

    expect(answers.map(({ status, body: { code } }) => [status, code])).to.deep.equal([
      [401, 'payment.webhook_forged'],
      [401, 'payment.webhook_forged'],
      [401, 'payment.webhook_forged'],
      [401, 'payment.webhook_stale'],
    ]);
    expect((await payments.view(orderId)).payments[0]?.state).to.equal('failed');
    const stored = await payments.database.db('webhook_inbox').where({ event_id: 'evt_forged' });
    expect(stored).to.deep.equal([]);
  });

  it('M6: a success that a webhook tells of after the payment failed is voided once, though it is told twice', async () => {
    const orderId = nextOrder();
    const key = await charge(orderId, 'tok_decline');
    await until('declined', orderId, ({ replies }) => replies.length === 1);
    // The provider changed its mind: a hold stands in its books all the same.
    await payments.database.db
      .withSchema('sandbox')
      .table('charges')
      .insert({
        reference: `ch_late_${orderId}`,
        order_id: orderId,
        token: 'tok_approve',
        amount_cents: total,
        currency: 'EUR',
      });

    await Promise.all(['a', 'b'].map((id) => tell({ id: `evt_${id}`, key, reference: `ch_late_${orderId}` })));
    const view = await until('voided', orderId, ({ payments: [payment] }) => payment?.state === 'voided');

    expect(view.attempted).to.deep.equal(['authorise refused', 'void succeeded']);
    expect(view.events).to.deep.equal(['payment.failed', 'payment.voided']);
    expect(view.replies).to.have.length(1);
    await tell({ id: 'evt_c', key, reference: `ch_late_${orderId}` });
    expect(await payments.view(orderId)).to.deep.equal(view);
    expect(await payments.books(orderId)).to.include({ held: 0, captured: 0 });
  });

  it('M9: a webhook with another amount or currency is noted and not believed', async () => {
    const orderId = nextOrder();
    const { reference } = await charged(orderId);
    await payments.send({ command: 'capture', orderId });
    const view = await until('captured', orderId, ({ replies }) => replies.length === 2);
    const captureKey = view.attempts[1]?.provider_key as string;

    for (const wrong of [{ amount: 59 }, { amount: 599_800 }, { currency: 'USD' }]) {
      const id = `evt_${JSON.stringify(wrong)}`;
      const { status, body } = await tell({ id, operation: 'capture', key: captureKey, reference, ...wrong });
      expect([status, body.outcome]).to.deep.equal([200, 'mismatch']);
    }
    expect((await payments.view(orderId)).payments).to.deep.equal(view.payments);
  });

  it('refuses what a provider signs but nobody can read, and providers that there are not', async () => {
    const nonsense = await post(Buffer.from('{"id":"evt_x","type":"capture.moved","data":{}}'));
    expect([nonsense.status, nonsense.body.code]).to.deep.equal([400, 'request.invalid']);

    const body = { any: 'thing' };
    const other = await payments.call('POST', '/payments/webhooks/nobody', { body });
    expect([other.status, other.body.code]).to.deep.equal([404, 'payment.provider_unknown']);
  });
});

function bodyOf(told: Told): Buffer {
  const { operation = 'authorise', outcome = 'moved', reference = 'ch_none', amount = total, currency = 'EUR' } = told;
  return Buffer.from(
    JSON.stringify({
      id: told.id ?? `evt_${told.key}`,
      type: `${operation}.${outcome}`,
      data: { idempotency_key: told.key, reference, amount, currency, outcome, code: null },
    }),
  );
}

function referenceInBooks(payments: PaymentFixture, orderId: number): Promise<string> {
  return waitFor('a hold in the books', async () => {
    const charges = await payments.database.db.withSchema('sandbox').from('charges').where({ order_id: orderId });
    return charges[0]?.reference as string | undefined;
  });
}
