import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { sagaOf } from './commands.ts';
import { type PaymentFixture, startPayments } from './payment-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

describe('the same asked twice', () => {
  let payments: PaymentFixture;
  let orders = 200;

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
  const captured = async (orderId: number, token = 'tok_approve') => {
    await payments.send({ command: 'charge', orderId, token });
    await until('charged', orderId, ({ replies }) => replies.length === 1);
    await payments.send({ command: 'capture', orderId });
    const view = await until('captured', orderId, ({ replies }) => replies.length === 2);
    return view.payments[0]?.id as number;
  };
  const admin = () => payments.tokens.issue({ userId: 1, roles: ['admin'] });
  const pressRefund = (paymentId: number, key: string, body: object) =>
    payments.call('POST', `/payments/${paymentId}/refunds`, {
      token: admin(),
      body,
      headers: { 'idempotency-key': key },
    });

  it('M2: twenty copies of a charge, under way and done, make one attempt, one send and one event, and each is answered', async () => {
    const orderId = nextOrder();
    const send = (attempt: number) => payments.send({ command: 'charge', orderId, attempt, token: 'tok_slow' });

    await Promise.all(Array.from({ length: 10 }, (_, index) => send(index + 1)));
    await until('the first answer', orderId, ({ replies }) => replies.length === 1);
    await Promise.all(Array.from({ length: 10 }, (_, index) => send(index + 11)));
    const view = await until('the stored answers', orderId, ({ replies }) => replies.length === 11);

    expect(view.attempted).to.deep.equal(['authorise succeeded']);
    expect(view.events).to.deep.equal(['payment.authorized']);
    expect(new Set(view.replies.map(({ outcome }) => outcome))).to.deep.equal(new Set(['done']));
    expect(view.replies.slice(1).map(({ saga }) => saga.attempt)).to.have.members(
      Array.from({ length: 10 }, (_, index) => index + 11),
    );
    expect(await payments.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
  });

  it('M2: copies of a capture and of a refund move money once', async () => {
    const orderId = nextOrder();
    await captured(orderId);

    await Promise.all(
      [1, 2, 3].flatMap((attempt) => [
        payments.send({ command: 'capture', orderId, attempt }),
        payments.send({ command: 'refund', orderId, attempt }),
      ]),
    );
    const view = await until('refunded', orderId, ({ payments: [payment] }) => payment?.state === 'refunded');

    expect(view.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded', 'refund succeeded']);
    expect(await payments.books(orderId)).to.include({ captured: total, refunded: total, charges: 1, sends: 3 });
  });

  it('M4: of ten sagas that charge one order at once, one gets a payment, and the others are refused', async () => {
    const orderId = nextOrder();

    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        payments.send({
          command: 'charge',
          orderId,
          sagaId: `0190000a-0000-7000-8000-${`${index}${orderId}`.padStart(12, '0')}`,
        }),
      ),
    );
    const view = await until('ten answers', orderId, ({ replies }) => replies.length === 10);

    expect(view.payments).to.have.length(1);
    expect(view.replies.map(({ outcome, code }) => code ?? outcome).sort()).to.deep.equal([
      'done',
      ...Array.from({ length: 9 }, () => 'payment.already_active'),
    ]);
    expect(await payments.books(orderId)).to.include({ held: total, charges: 1 });
  });

  it('M10: a decline is the answer of its own saga alone; another one may charge the order anew', async () => {
    const orderId = nextOrder();
    await payments.send({ command: 'charge', orderId, token: 'tok_decline' });
    await until('declined', orderId, ({ replies }) => replies.length === 1);

    await payments.send({ command: 'charge', orderId, attempt: 2, token: 'tok_approve' });
    const again = await until('the same answer', orderId, ({ replies }) => replies.length === 2);
    expect(again.replies[1]).to.include({ outcome: 'refused', code: 'payment.declined' });

    await payments.send({ command: 'charge', orderId, sagaId: sagaOf(900_000 + orderId) });
    const anew = await until('a new answer', orderId, ({ replies }) => replies.length === 3);
    expect(anew.replies[2]).to.include({ outcome: 'done' });
    expect(anew.payments.map(({ state }) => state)).to.deep.equal(['failed', 'authorized']);
  });

  it('M5: a refund button pressed ten times at once with one key pays once, and tells of the replay', async () => {
    const orderId = nextOrder();
    const paymentId = await captured(orderId);

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => pressRefund(paymentId, 'press-1', { amount: 10, reason: 'late delivery' })),
    );

    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).to.equal(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).to.have.length(9);
    const view = await until('refunded', orderId, ({ refunds }) => refunds[0]?.state === 'succeeded');
    expect(view.refunds).to.have.length(1);
    expect(view.payments[0]).to.include({ state: 'partially_refunded', refunded_cents: 1000 });
    expect(await payments.books(orderId)).to.include({ refunded: 1000 });
    const other = await pressRefund(paymentId, 'press-1', { amount: 11, reason: 'late delivery' });
    expect([other.status, other.body.code]).to.deep.equal([422, 'idempotency.key_reused']);
  });

  it('M5: twenty different refunds at once give back no more than was captured', async () => {
    const orderId = nextOrder();
    const paymentId = await captured(orderId);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => pressRefund(paymentId, `k-${index}`, { amount: 9.99, reason: 'storm' })),
    );

    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    expect([accepted.length, refused.length]).to.deep.equal([6, 14]);
    const view = await until('all paid out', orderId, ({ refunds }) =>
      refunds.every(({ state }) => state === 'succeeded'),
    );
    expect(view.payments[0]).to.include({ state: 'partially_refunded', refunded_cents: 5994 });
    expect(await payments.books(orderId)).to.include({ refunded: 5994 });
    const rest = await pressRefund(paymentId, 'the-rest', { reason: 'storm' });
    expect(rest.body).to.include({ amount: 0.04 });
    await until('all of it', orderId, ({ payments: [payment] }) => payment?.state === 'refunded');
  });

  it('M5: a refund whose answer was lost is asked about and pays once', async () => {
    const orderId = nextOrder();
    const paymentId = await captured(orderId, 'tok_answer_lost');

    await pressRefund(paymentId, 'lost', { reason: 'returned' });
    await until('unclear', orderId, ({ attempted }) => attempted.includes('refund unknown'));
    await pressRefund(paymentId, 'lost', { reason: 'returned' });
    const view = await until('refunded', orderId, ({ payments: [payment] }) => payment?.state === 'refunded');

    expect(view.attempted.filter((text) => text.startsWith('refund'))).to.deep.equal(['refund succeeded']);
    expect(await payments.books(orderId)).to.include({ refunded: total, sends: 3 });
  });

  it('M5: a refund by an admin and the return of the whole order share what was captured', async () => {
    const orderId = nextOrder();
    const paymentId = await captured(orderId);

    await Promise.all([
      pressRefund(paymentId, 'part', { amount: 20, reason: 'scratched' }),
      payments.send({ command: 'refund', orderId }),
    ]);
    const view = await until('refunded', orderId, ({ payments: [payment], replies }) => {
      return payment?.state === 'refunded' && replies.length === 3;
    });

    expect(view.refunds.reduce((sum, { amount_cents }) => sum + amount_cents, 0)).to.equal(total);
    expect(await payments.books(orderId)).to.include({ captured: total, refunded: total });
  });
});
