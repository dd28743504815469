import type { Trx } from '@sagacity/chassis/db/database';
import { sideBySide } from '@sagacity/chassis/test-kit/side-by-side';
import { expect } from 'chai';
import { insertCharge, lockPaymentOfOrder, type NewCharge, saveFirstCapture } from '../src/persistence/payments.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';

describe('payments of orders that travel together', () => {
  let fixture: DirectFixture;
  before(async () => {
    fixture = await startDirect();
  });
  beforeEach(() => fixture.database.db.raw('TRUNCATE payments, payment_attempts, refunds CASCADE'));
  after(() => fixture.stop());

  it('are opened in one statement, but for the order that has a payment', async () => {
    await together([charge(2, 'earlier')]);

    const { results, statements } = await together([charge(3), charge(2), charge(1), charge(1, 'another')]);

    expect(statements).to.equal(1);
    expect(results.map((result) => result !== undefined)).to.deep.equal([true, false, true, false]);
    const rows = await fixture.database
      .db('payment_attempts AS a')
      .join('payments AS p', 'p.id', 'a.payment_id')
      .orderBy('order_id')
      .select('order_id', 'a.provider_key', 'a.amount_cents', 'a.context', 'a.calls', 'a.id', 'payment_id');
    expect(rows.map(({ id: _id, payment_id: _payment, ...row }) => row)).to.deep.equal([
      { order_id: 1, provider_key: 'saga-1:authorise:1', amount_cents: 100, context: 'of 1', calls: 1 },
      { order_id: 2, provider_key: 'earlier-2:authorise:1', amount_cents: 200, context: 'of 2', calls: 1 },
      { order_id: 3, provider_key: 'saga-3:authorise:1', amount_cents: 300, context: 'of 3', calls: 1 },
    ]);
    expect([results[2], results[0]]).to.deep.include.members(
      [rows[0], rows[2]].map((row) => ({
        paymentId: row?.payment_id,
        attemptId: row?.id,
        providerKey: row?.provider_key,
      })),
    );
  });

  it('are locked in one statement: of each order the one that counts', async () => {
    await together([charge(1, 'failed'), charge(2)]);
    await fixture.database.db('payments').where({ order_id: 1 }).update({ state: 'failed', failure_code: 'x' });
    await together([charge(1)]);

    const { results, statements } = await together([2, 9, 1].map((id) => (trx: Trx) => lockPaymentOfOrder(trx, id)));

    expect(statements).to.equal(1);
    expect(results.map((payment) => payment?.idempotencyKey)).to.deep.equal(['saga-2', undefined, 'saga-1']);
  });

  it('are captured in one statement, each with an attempt of its own', async () => {
    await together([charge(1), charge(2)]);
    await fixture.database
      .db('payment_attempts')
      .update({ state: 'succeeded', next_attempt_at: null, settled_at: new Date() });
    const { results: payments } = await together([1, 2].map((id) => (trx: Trx) => lockPaymentOfOrder(trx, id)));

    const { results, statements } = await together(
      payments.map((payment) => (trx: Trx) => {
        if (!payment) throw new Error('no payment');
        const captureKey = `capture-${payment.orderId}`;
        return saveFirstCapture(trx, {
          payment: { ...payment, captureKey, version: payment.version + 1 },
          providerKey: `${captureKey}:1`,
          context: `of ${payment.orderId}`,
          leaseMs: 1_000,
        });
      }),
    );

    expect(statements).to.equal(1);
    const rows = await fixture.database
      .db('payment_attempts AS a')
      .join('payments AS p', 'p.id', 'a.payment_id')
      .where({ operation: 'capture' })
      .orderBy('order_id')
      .select('a.id', 'capture_key', 'provider_key', 'context', 'version');
    expect(rows).to.deep.equal([
      { id: results[0], capture_key: 'capture-1', provider_key: 'capture-1:1', context: 'of 1', version: 2 },
      { id: results[1], capture_key: 'capture-2', provider_key: 'capture-2:1', context: 'of 2', version: 2 },
    ]);
  });

  const together: <T>(works: Parameters<typeof sideBySide<T>>[1]) => ReturnType<typeof sideBySide<T>> = (works) =>
    sideBySide(fixture.database.db, works);
});

function charge(orderId: number, name = 'saga') {
  const idempotencyKey = `${name}-${orderId}`;
  const given: NewCharge = {
    orderId,
    userId: 7,
    amountCents: orderId * 100,
    currency: 'EUR',
    provider: 'sandbox',
    methodToken: 'tok_approve',
    idempotencyKey,
    providerKey: `${idempotencyKey}:authorise:1`,
    context: `of ${orderId}`,
    leaseMs: 1_000,
  };
  return (trx: Trx) => insertCharge(trx, given);
}
