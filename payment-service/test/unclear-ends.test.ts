import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type PaymentFixture, startPayments } from './payment-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

describe('giving money back while nobody knows yet', () => {
  let payments: PaymentFixture;
  let orders = 300;

  before(async () => {
    payments = await startPayments();
  });
  after(() => payments.stop());

  const nextOrder = () => {
    orders += 1;
    return orders;
  };
  const until = (what: string, orderId: number, condition: (view: View) => boolean) =>
    waitFor(
      what,
      async () => {
        const view = await payments.view(orderId);
        return condition(view) && view;
      },
      15_000,
    );
  const heldInBooks = (orderId: number) =>
    waitFor('the provider holds the money', async () => (await payments.books(orderId)).held === total);

  it('M6: a charge that succeeds after the order was cancelled is voided once, and both commands learn the truth', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_slow' });
    await heldInBooks(orderId);

    await payments.send({ command: 'refund', orderId });
    const view = await until('both answered', orderId, ({ replies }) => replies.length === 2);

    expect(view.replies.map(({ saga, outcome, result }) => [saga.direction, outcome, result?.outcome])).to.deep.equal([
      ['forward', 'done', undefined],
      ['compensate', 'done', 'voided'],
    ]);
    expect(view.attempted).to.deep.equal(['authorise succeeded', 'void succeeded']);
    expect(await payments.books(orderId)).to.include({ held: 0, captured: 0, charges: 1, sends: 2 });
  });

  it('M6: a charge that is declined after the order was cancelled leaves nothing to give back', async () => {
    const orderId = nextOrder();
    await Promise.all([
      payments.send({ command: 'charge', orderId, token: 'tok_decline' }),
      payments.send({ command: 'refund', orderId }),
    ]);

    const view = await until('both answered', orderId, ({ replies }) => replies.length === 2);

    expect(['refused', 'tombstoned']).to.include(
      view.replies.find(({ saga }) => saga.direction === 'forward')?.outcome,
    );
    expect(view.replies.find(({ saga }) => saga.direction === 'compensate')?.result).to.include({
      outcome: 'nothing_charged',
    });
    expect(await payments.books(orderId)).to.include({ held: 0, charges: 0 });
  });

  it('M6: an unknown charge that is to be given back is asked about first, then voided', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_timeout_then_approve' });
    await until('unknown', orderId, ({ payments: [payment] }) => payment?.state === 'unknown');

    await payments.send({ command: 'refund', orderId });
    const view = await until('both answered', orderId, ({ replies }) => replies.length === 2);

    expect(view.payments[0]?.state).to.equal('voided');
    expect(await payments.books(orderId)).to.include({ held: 0, charges: 1, sends: 2 });
  });

  it('a refund that comes before its charge finds nothing, and the late charge is refused: no money moves', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'refund', orderId });
    await until('nothing to refund', orderId, ({ replies }) => replies.length === 1);

    await payments.send({ command: 'charge', orderId });
    const view = await until('both answered', orderId, ({ replies }) => replies.length === 2);

    expect(view.replies[0]?.result).to.deep.equal({ payment_id: null, outcome: 'nothing_charged', amount: 0 });
    expect(view.replies[1]?.outcome).to.equal('tombstoned');
    expect(view.payments).to.deep.equal([]);
    expect(await payments.books(orderId)).to.include({ charges: 0, sends: 0 });
  });

  it('a refund that meets a capture on its way waits for it, then pays the money back', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_answer_lost' });
    await until('charged', orderId, ({ replies }) => replies.length === 1);
    await payments.send({ command: 'capture', orderId });
    await until('capturing', orderId, ({ attempted }) => attempted.length === 2);

    await payments.send({ command: 'refund', orderId, direction: 'forward' });
    const view = await until('all answered', orderId, ({ replies }) => replies.length === 3);

    expect(view.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded', 'refund succeeded']);
    expect(
      view.replies.map(({ outcome, result }) => [outcome, result?.captured_amount ?? result?.outcome]),
    ).to.deep.equal([
      ['done', undefined],
      ['done', 59.98],
      ['done', 'refunded'],
    ]);
    expect(await payments.books(orderId)).to.include({ captured: total, refunded: total, sends: 3 });
  });

  it('a capture that comes after the money went back ends with nothing captured', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId });
    await until('charged', orderId, ({ replies }) => replies.length === 1);
    await payments.send({ command: 'refund', orderId });
    await until('voided', orderId, ({ replies }) => replies.length === 2);

    await payments.send({ command: 'capture', orderId });
    const view = await until('answered', orderId, ({ replies }) => replies.length === 3);

    expect(view.replies[2]).to.deep.include({ outcome: 'done' });
    expect(view.replies[2]?.result).to.include({ captured_amount: 0 });
    expect(await payments.books(orderId)).to.include({ held: 0, captured: 0 });
  });

  it('a capture that meets a void on its way waits for it, and ends with nothing captured', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_refund_fails_twice' });
    await until('charged', orderId, ({ replies }) => replies.length === 1);
    await payments.send({ command: 'refund', orderId });
    await until('a void under way', orderId, ({ attempted }) => attempted.length > 1);

    await payments.send({ command: 'capture', orderId });
    const view = await until('all answered', orderId, ({ replies }) => replies.length === 3);

    expect(view.attempted.filter((text) => text.startsWith('capture'))).to.deep.equal([]);
    expect(
      view.replies.map(({ saga, result }) => result?.captured_amount ?? result?.outcome ?? saga.step),
    ).to.have.members(['charge-payment', 0, 'voided']);
    expect(await payments.books(orderId)).to.include({ held: 0, captured: 0 });
  });

  it('M7: a refund is answered by no one but the provider: while it refuses, the payment stays captured', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_refund_fails_twice' });
    await until('charged', orderId, ({ replies }) => replies.length === 1);
    await payments.send({ command: 'capture', orderId });
    await until('captured', orderId, ({ replies }) => replies.length === 2);

    await payments.send({ command: 'refund', orderId, direction: 'forward' });
    const refused = await until('refused once', orderId, ({ refunds }) => refunds[0]?.state === 'failed');
    expect(refused.payments[0]).to.include({ state: 'captured', refunded_cents: 0 });
    expect(refused.replies).to.have.length(2);
    expect(refused.events).not.to.include('payment.refunded');

    const view = await until('answered', orderId, ({ replies }) => replies.length === 3);
    expect(view.payments[0]).to.include({ state: 'refunded', refunded_cents: total });
    expect(await payments.books(orderId)).to.include({ refunded: total });
  });
});
