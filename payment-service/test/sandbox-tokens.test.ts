import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type PaymentFixture, startPayments } from './payment-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

describe('sandbox tokens, from the command to the books', () => {
  let payments: PaymentFixture;
  let orders = 100;

  before(async () => {
    payments = await startPayments();
  });
  after(() => payments.stop());

  /** Sends a command and waits for its reply, the nth of the order. */
  const ask = async (command: 'charge' | 'capture' | 'refund', orderId: number, nth: number, token?: string) => {
    await payments.send({ command, orderId, ...(token === undefined ? {} : { token }) });
    return waitFor(
      `reply ${nth} of order ${orderId}`,
      async () => {
        const view = await payments.view(orderId);
        return view.replies.length >= nth && view;
      },
      15_000,
    );
  };
  const last = (view: View) => view.replies.at(-1);
  const nextOrder = () => {
    orders += 1;
    return orders;
  };

  for (const token of ['tok_approve', 'tok_slow', 'tok_webhook_first', 'tok_webhooks_repeated']) {
    it(`${token}: held once, captured once, each answered once`, async () => {
      const orderId = nextOrder();

      const charged = await ask('charge', orderId, 1, token);
      expect(last(charged)).to.deep.include({ type: 'place-order.charge-payment.done', outcome: 'done' });
      expect(last(charged)?.result).to.include({ authorized_amount: 59.98 });
      expect(charged.payments[0]).to.include({ state: 'authorized', captured_cents: 0 });
      expect(await payments.books(orderId)).to.include({ held: total, captured: 0, charges: 1 });

      const captured = await ask('capture', orderId, 2);
      expect(last(captured)).to.include({ type: 'place-order.capture-payment.done', outcome: 'done' });
      expect(last(captured)?.result).to.include({ captured_amount: 59.98 });
      expect(captured.payments[0]).to.include({ state: 'captured', captured_cents: total });
      expect(captured.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded']);
      expect(captured.events).to.deep.equal(['payment.authorized', 'payment.captured']);
      expect(await payments.books(orderId)).to.deep.equal({
        held: 0,
        captured: total,
        refunded: 0,
        charges: 1,
        requests: ['authorise moved', 'capture moved'],
        sends: 2,
      });
    });
  }

  for (const [token, code] of [
    ['tok_decline', 'payment.declined'],
    ['tok_insufficient_funds', 'payment.insufficient_funds'],
  ] as const) {
    it(`${token}: refused with ${code}, nothing held, and giving back finds nothing`, async () => {
      const orderId = nextOrder();

      const charged = await ask('charge', orderId, 1, token);
      expect(last(charged)).to.include({ type: 'place-order.charge-payment.refused', outcome: 'refused', code });
      expect(charged.payments[0]?.state).to.equal('failed');
      expect(charged.events).to.deep.equal(['payment.failed']);

      const returned = await ask('refund', orderId, 2);
      expect(last(returned)?.result).to.include({ outcome: 'nothing_charged', amount: 0 });
      expect(await payments.books(orderId)).to.deep.equal({
        held: 0,
        captured: 0,
        refunded: 0,
        charges: 0,
        requests: ['authorise refused'],
        sends: 1,
      });
    });
  }

  for (const token of ['tok_timeout_then_approve', 'tok_answer_lost']) {
    it(`M11: ${token}: unclear, then asked about: one attempt, one send, the money moved once`, async () => {
      const orderId = nextOrder();

      await payments.send({ command: 'charge', orderId, token });
      await waitFor('the payment is unknown', async () => {
        return (await payments.view(orderId)).payments[0]?.state === 'unknown';
      });
      await payments.send({ command: 'charge', orderId, token });
      // The charge that was sent twice is answered once or twice, as it falls before or after the provider's answer.
      const charged = await waitFor('the payment is authorized and answered', async () => {
        const view = await payments.view(orderId);
        return view.payments[0]?.state === 'authorized' && view.replies.length > 0 && view;
      });
      expect(last(charged)).to.include({ outcome: 'done' });
      expect(charged.attempted).to.deep.equal(['authorise succeeded']);
      expect(charged.attempts[0]?.calls).to.be.at.least(2);
      expect(await payments.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });

      await payments.send({ command: 'capture', orderId });
      const captured = await waitFor('the payment is captured', async () => {
        const view = await payments.view(orderId);
        return view.payments[0]?.state === 'captured' && view;
      });
      expect(captured.payments[0]).to.include({ captured_cents: total });
      expect(await payments.books(orderId)).to.include({ held: 0, captured: total, charges: 1, sends: 2 });
    });
  }

  it('tok_unavailable: sent again under the same key until the provider takes it', async () => {
    const orderId = nextOrder();

    const charged = await ask('charge', orderId, 1, 'tok_unavailable');

    expect(last(charged)?.outcome).to.equal('done');
    expect(charged.attempted).to.deep.equal(['authorise succeeded']);
    expect(charged.attempts[0]?.calls).to.equal(3);
    expect(await payments.books(orderId)).to.include({ held: total, charges: 1, sends: 3 });
  });

  it('M7: tok_refund_fails_twice: a void that is refused is tried until the provider accepts, and only then answered', async () => {
    const orderId = nextOrder();
    await ask('charge', orderId, 1, 'tok_refund_fails_twice');

    await payments.send({ command: 'refund', orderId });
    const refusedOnce = await waitFor('a refused void', async () => {
      const view = await payments.view(orderId);
      return view.attempted.includes('void refused') && view;
    });
    expect(refusedOnce.payments[0]?.state).to.equal('authorized');
    expect(refusedOnce.replies).to.have.length(1);
    expect(refusedOnce.troubles[0]).to.deep.include({
      code: 'payment.return_refused',
      type: 'place-order.charge-payment.transient',
    });

    const returned = await waitFor('the reply to the refund', async () => {
      const view = await payments.view(orderId);
      return view.replies.length === 2 && view;
    });
    expect(last(returned)?.result).to.include({ outcome: 'voided', amount: 59.98 });
    expect(returned.attempted.slice(1)).to.deep.equal(['void refused', 'void refused', 'void succeeded']);
    expect(returned.events).to.deep.equal(['payment.authorized', 'payment.voided']);
    expect(await payments.books(orderId)).to.include({ held: 0, captured: 0 });
  });

  it('tok_refund_fails_twice: each failed refund is a row of its own and counts for nothing; the third one pays out', async () => {
    const orderId = nextOrder();
    await ask('charge', orderId, 1, 'tok_refund_fails_twice');
    await ask('capture', orderId, 2);

    const returned = await ask('refund', orderId, 3);

    expect(last(returned)?.result).to.include({ outcome: 'refunded', amount: 59.98 });
    expect(returned.refunds.map(({ state }) => state)).to.deep.equal(['failed', 'failed', 'succeeded']);
    expect(returned.payments[0]).to.include({ state: 'refunded', captured_cents: total, refunded_cents: total });
    expect(returned.events).to.deep.equal(['payment.authorized', 'payment.captured', 'payment.refunded']);
    expect(await payments.books(orderId)).to.include({ held: 0, captured: total, refunded: total });
  });

  it('voids a hold, and refunds what was captured, once each', async () => {
    const held = nextOrder();
    await ask('charge', held, 1);
    const voided = await ask('refund', held, 2);
    expect(last(voided)).to.deep.include({
      type: 'place-order.charge-payment.done',
      result: { payment_id: voided.payments[0]?.id, outcome: 'voided', amount: 59.98 },
    });
    expect(await payments.books(held)).to.include({ held: 0, captured: 0, refunded: 0, sends: 2 });

    const taken = nextOrder();
    await ask('charge', taken, 1);
    await ask('capture', taken, 2);
    const refunded = await ask('refund', taken, 3);
    expect(last(refunded)?.result).to.include({ outcome: 'refunded', amount: 59.98 });
    expect(refunded.refunds).to.have.length(1);
    expect(await payments.books(taken)).to.include({ captured: total, refunded: total, sends: 3 });
  });

  it('refuses what is no token of the provider, and stores nothing of it: no card number ever reaches a row', async () => {
    for (const token of ['4242424242424242', '4242 4242 4242 4242', 'tok_unheard_of', '']) {
      const orderId = nextOrder();
      const view = await ask('charge', orderId, 1, token);
      expect(last(view)).to.include({ outcome: 'refused', code: 'payment.method_invalid' });
      expect(view.payments).to.deep.equal([]);
    }
    const traces = await payments.database.db.raw(
      `SELECT 1 FROM outbox WHERE payload ~ '4242.?4242' UNION ALL SELECT 1 FROM processed_commands WHERE reply::text ~ '4242.?4242'`,
    );
    expect(traces.rows).to.deep.equal([]);
  });
});
