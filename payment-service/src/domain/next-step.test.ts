import { expect } from 'chai';
import { allStates, paymentIn } from '../../test/examples.ts';
import { answerWaiting, hasUnfinishedWork, nextStep } from './next-step.ts';

const idle = { hasOpenAttempt: false, pendingRefund: undefined };

describe('the next step of a payment', () => {
  it('is none while an attempt is open, whatever is wanted', () => {
    for (const state of allStates) {
      const payment = paymentIn(state, { captureKey: 'c', returnRequested: true, returnKeys: ['r'] });
      expect(nextStep(payment, { ...idle, hasOpenAttempt: true })).to.deep.equal({ kind: 'none' });
    }
  });

  it('gives back what is held by a void, and what was captured by a refund, never the other way round', () => {
    const steps = Object.fromEntries(
      allStates.map((state) => [state, nextStep(paymentIn(state, { returnRequested: true }), idle)]),
    );
    expect(steps).to.deep.equal({
      created: { kind: 'none' },
      unknown: { kind: 'none' },
      authorized: { kind: 'void' },
      captured: { kind: 'return', amountCents: 5000 },
      partially_refunded: { kind: 'return', amountCents: 3000 },
      refunded: { kind: 'none' },
      voided: { kind: 'none' },
      failed: { kind: 'none' },
      orphaned: { kind: 'void' },
    });
  });

  it('refunds money that was captured for a payment that was over', () => {
    const payment = paymentIn('orphaned', { capturedCents: 5000 });
    expect(nextStep(payment, idle)).to.deep.equal({ kind: 'return', amountCents: 5000 });
  });

  it('prefers giving money back to capturing it', () => {
    const payment = paymentIn('authorized', { captureKey: 'c', returnRequested: true });
    expect(nextStep(payment, idle)).to.deep.equal({ kind: 'void' });
  });

  it('takes refunds one after the other, and returns only what no refund has asked for yet', () => {
    const refund = { id: 5, amountCents: 1000, idempotencyKey: 'k' };
    const payment = paymentIn('captured', { refundingCents: 1000, returnRequested: true });
    expect(nextStep(payment, { ...idle, pendingRefund: refund })).to.deep.equal({ kind: 'refund', refund });
    expect(nextStep(payment, idle)).to.deep.equal({ kind: 'return', amountCents: 4000 });
  });

  it('is worth looking up only where something is wanted', () => {
    expect(hasUnfinishedWork(paymentIn('authorized'))).to.equal(false);
    expect(hasUnfinishedWork(paymentIn('authorized', { captureKey: 'c' }))).to.equal(true);
    expect(hasUnfinishedWork(paymentIn('captured', { refundingCents: 1 }))).to.equal(true);
    expect(hasUnfinishedWork(paymentIn('captured', { returnRequested: true }))).to.equal(true);
  });
});

describe('commands that wait for a payment', () => {
  it('are answered once all money is back, and not before', () => {
    for (const state of ['created', 'unknown', 'authorized', 'captured', 'partially_refunded', 'orphaned'] as const) {
      const { replies } = answerWaiting(paymentIn(state, { returnRequested: true, returnKeys: ['r'] }));
      expect(replies, state).to.deep.equal([]);
    }
    const outcomes = (['failed', 'voided', 'refunded'] as const).map((state) => {
      const { payment, replies } = answerWaiting(paymentIn(state, { returnRequested: true, returnKeys: ['r'] }));
      expect(payment.returnKeys).to.deep.equal([]);
      return replies;
    });
    expect(outcomes.flat()).to.deep.equal([
      { key: 'r', outcome: 'done', result: { payment_id: 1, outcome: 'nothing_charged', amount: 0 } },
      { key: 'r', outcome: 'done', result: { payment_id: 1, outcome: 'voided', amount: 50 } },
      { key: 'r', outcome: 'done', result: { payment_id: 1, outcome: 'refunded', amount: 50 } },
    ]);
  });

  it('are answered all when several wait', () => {
    const { replies } = answerWaiting(paymentIn('voided', { returnKeys: ['a', 'b'], captureKey: 'c' }));
    expect(replies.map(({ key }) => key)).to.deep.equal(['c', 'a', 'b']);
  });

  it('learn that nothing was captured when the money went back first', () => {
    const { payment, replies } = answerWaiting(paymentIn('voided', { captureKey: 'c' }));
    expect(replies).to.deep.equal([{ key: 'c', outcome: 'done', result: { payment_id: 1, captured_amount: 0 } }]);
    expect(payment.captureKey).to.equal(null);
  });
});
