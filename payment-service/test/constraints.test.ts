import { violatedConstraint } from '@sagacity/chassis/db/transaction';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';

describe('what the database itself refuses', () => {
  let database: TestDatabase;
  let orders = 0;

  before(async () => {
    database = await cloneDatabase('payments_db', 'payment_service');
  });
  after(() => database.drop());

  const insertPayment = async (overrides: object = {}): Promise<number> => {
    orders += 1;
    const [row] = await database.db('payments').insert(
      {
        order_id: orders,
        user_id: 7,
        amount_cents: 5000,
        currency: 'EUR',
        provider: 'sandbox',
        method_token: 'tok_approve',
        idempotency_key: `key-${orders}`,
        state: 'created',
        ...overrides,
      },
      'id',
    );
    return row.id;
  };
  const capturedPayment = () => insertPayment({ state: 'captured', captured_cents: 5000 });
  const insertRefund = async (paymentId: number, cents: number, key: string) =>
    (
      await database
        .db('refunds')
        .insert({ payment_id: paymentId, amount_cents: cents, idempotency_key: key, requested_by: 'test' }, 'id')
    )[0].id;
  const insertAttempt = (paymentId: number, key: string, state = 'pending') =>
    database.db('payment_attempts').insert({
      payment_id: paymentId,
      operation: 'authorise',
      amount_cents: 5000,
      provider_key: key,
      context: '{}',
      state,
      next_attempt_at: state === 'pending' ? new Date() : null,
      settled_at: state === 'pending' ? null : new Date(),
    });

  it('M4: a second payment of an order, while the first may hold money', async () => {
    for (const state of ['created', 'unknown', 'authorized']) {
      const id = await insertPayment({ state });
      const row = await database.db('payments').where({ id }).first();
      expect(await refusalOf(insertPayment({ order_id: row.order_id })), state).to.equal(
        'payments_one_active_per_order',
      );
    }
    for (const state of ['failed', 'voided', 'orphaned']) {
      const id = await insertPayment({ state });
      const row = await database.db('payments').where({ id }).first();
      expect(await refusalOf(insertPayment({ order_id: row.order_id })), state).to.equal('');
    }
  });

  it('M5: refunds that exceed together what was captured, also when they race', async () => {
    const id = await capturedPayment();
    await insertRefund(id, 3000, 'r-1');
    expect(await refusalOf(insertRefund(id, 2001, 'r-2'))).to.equal('payments_refunds_within_captured');

    const raced = await Promise.all([1, 2, 3, 4].map((n) => refusalOf(insertRefund(id, 1000, `race-${n}`))));
    expect(raced.filter((constraint) => constraint === '')).to.have.length(2);
    const row = await database.db('payments').where({ id }).first();
    expect(row).to.include({ refunding_cents: 5000, refunded_cents: 0 });
  });

  it('M5: a refund of what was never captured', async () => {
    const id = await insertPayment({ state: 'authorized' });
    expect(await refusalOf(insertRefund(id, 1, 'nothing'))).to.equal('payments_refunds_within_captured');
  });

  it('a refund that failed counts for nothing, one that succeeded stays, and neither is settled again', async () => {
    const id = await capturedPayment();
    const failed = await insertRefund(id, 5000, 'f-1');
    await settle(failed, 'failed');
    const paid = await insertRefund(id, 5000, 'f-2');
    await settle(paid, 'succeeded');

    expect(await database.db('payments').where({ id }).first()).to.include({
      refunding_cents: 0,
      refunded_cents: 5000,
    });
    expect(await refusalOf(settle(failed, 'succeeded'))).to.equal('refunds_settle_once');
    expect(await refusalOf(settle(paid, 'failed'))).to.equal('refunds_settle_once');
    expect(await refusalOf(database.db('refunds').where({ id: paid }).delete())).to.equal('refunds_stay');
  });

  it('M2: a captured amount that falls, and a captured payment that fails', async () => {
    const id = await capturedPayment();
    const change = (to: object) => refusalOf(database.db('payments').where({ id }).update(to));
    expect(await change({ captured_cents: 4999 })).to.equal('payments_captured_never_falls');
    expect(await change({ captured_cents: 0, state: 'failed' })).to.equal('payments_captured_never_falls');
    for (const state of ['failed', 'voided', 'authorized', 'created', 'unknown']) {
      expect(await change({ state }), state).to.equal('payments_captured_states');
    }
    expect(await change({ captured_cents: 5001 })).to.equal('payments_captured_within_amount');
    expect(await change({ state: 'refunded' })).to.equal('payments_refunded_in_full');
  });

  it('M11: a second open attempt of a payment, and a provider key that was used', async () => {
    const id = await insertPayment();
    await insertAttempt(id, 'p-1');
    expect(await refusalOf(insertAttempt(id, 'p-2'))).to.equal('payment_attempts_one_open');
    await insertAttempt(await insertPayment(), 'p-3', 'succeeded');
    expect(await refusalOf(insertAttempt(await insertPayment(), 'p-3'))).to.equal('payment_attempts_provider_key');
  });

  it('a card number in the place of a token', async () => {
    for (const token of ['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242']) {
      expect(await refusalOf(insertPayment({ method_token: token }))).to.equal('payments_no_card_numbers');
    }
  });

  const settle = (id: number, state: string) =>
    database.db('refunds').where({ id }).update({ state, settled_at: new Date() });
});

/** The constraint that refused, or an empty text. */
async function refusalOf(work: PromiseLike<unknown>): Promise<string> {
  try {
    await work;
    return '';
  } catch (error) {
    return violatedConstraint(error) || String(error);
  }
}
