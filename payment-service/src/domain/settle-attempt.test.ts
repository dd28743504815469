import { expect } from 'chai';
import { allStates, attemptOf, declined, paymentIn, succeeded, unavailable, unclear } from '../../test/examples.ts';
import type { AttemptState, Operation, Payment, PaymentState } from './payment.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { settleAttempt } from './settle-attempt.ts';

describe('settling an attempt', () => {
  it('authorises a new payment, answers the charge and tells of it', () => {
    const { payment, attempt, replies, happening } = settleAttempt(
      paymentIn('created'),
      attemptOf('authorise'),
      succeeded(),
    );

    expect(payment).to.include({ state: 'authorized', providerReference: 'ch_1', capturedCents: 0 });
    expect(attempt.state).to.equal('succeeded');
    expect(happening).to.deep.equal({ type: 'payment.authorized' });
    expect(replies).to.deep.equal([
      {
        key: 'saga:charge-payment:forward',
        outcome: 'done',
        result: { payment_id: 1, authorized_amount: 50 },
      },
    ]);
  });

  it('fails a payment that the provider declines, with the code for the buyer', () => {
    const { payment, replies, happening } = settleAttempt(paymentIn('unknown'), attemptOf('authorise'), declined);

    expect(payment).to.include({ state: 'failed', failureCode: 'payment.declined' });
    expect(happening).to.deep.equal({ type: 'payment.failed', code: 'payment.declined' });
    expect(replies[0]).to.include({ outcome: 'refused', code: 'payment.declined' });
  });

  it('M11: calls a payment unknown when the answer is unclear, and keeps the attempt open without an answer to the saga', () => {
    const { payment, attempt, replies, happening } = settleAttempt(
      paymentIn('created'),
      attemptOf('authorise'),
      unclear,
    );

    expect(payment.state).to.equal('unknown');
    expect(attempt).to.include({ state: 'unknown', errorCode: 'provider.unclear' });
    expect([replies, happening]).to.deep.equal([[], undefined]);
  });

  it('leaves everything as it is when the provider did nothing', () => {
    const before = paymentIn('created');
    const { payment, attempt } = settleAttempt(before, attemptOf('authorise'), unavailable);

    expect(payment).to.equal(before);
    expect(attempt.state).to.equal('pending');
  });

  it('M2: never lets a loser that failed overwrite the winner, nor a captured payment fall back', () => {
    for (const state of ['authorized', 'captured', 'partially_refunded', 'refunded'] as const) {
      for (const attemptState of ['pending', 'succeeded', 'refused'] as const) {
        for (const answer of [declined, unclear, unavailable, succeeded()]) {
          const before = paymentIn(state);
          const { payment, happening, replies } = settleAttempt(
            before,
            attemptOf('authorise', { state: attemptState }),
            answer,
          );
          expect(payment, `${state} ${attemptState} ${answer.kind}`).to.equal(before);
          expect([happening, replies]).to.deep.equal([undefined, []]);
        }
      }
    }
  });

  it('M6: takes a success that comes after the payment failed for an orphan that goes back, and tells no saga', () => {
    const { payment, anomaly, happening, replies } = settleAttempt(
      paymentIn('failed'),
      attemptOf('authorise', { state: 'refused' }),
      succeeded({ reference: 'ch_late' }),
    );

    expect(payment).to.include({ state: 'orphaned', providerReference: 'ch_late', returnRequested: true });
    expect(anomaly).to.equal('orphaned');
    expect([happening, replies]).to.deep.equal([undefined, []]);
  });

  it('M9: refuses a hold of another amount or currency and gives it back', () => {
    for (const wrong of [{ amountCents: 4999 }, { amountCents: 500_000 }, { currency: 'USD' }]) {
      const { payment, anomaly, replies } = settleAttempt(
        paymentIn('created'),
        attemptOf('authorise'),
        succeeded(wrong),
      );
      expect(payment).to.include({ state: 'orphaned', returnRequested: true, failureCode: 'payment.amount_mismatch' });
      expect(anomaly).to.equal('amount_mismatch');
      expect(replies[0]).to.include({ outcome: 'refused', code: 'payment.amount_mismatch' });
    }
  });

  it('M9: does not believe a capture or refund of another amount, and asks again', () => {
    for (const [operation, state] of [
      ['capture', 'authorized'],
      ['refund', 'captured'],
    ] as const) {
      const before = paymentIn(state, { refundingCents: operation === 'refund' ? 5000 : 0 });
      const { payment, attempt, anomaly } = settleAttempt(before, attemptOf(operation), succeeded({ amountCents: 1 }));
      expect(payment).to.equal(before);
      expect(attempt).to.include({ state: 'unknown', errorCode: 'payment.amount_mismatch' });
      expect(anomaly).to.equal('amount_mismatch');
    }
  });

  it('counts a refund once: what is left of it falls with the payment staying partially refunded until all is back', () => {
    const part = attemptOf('refund', { amountCents: 2000 });
    const first = settleAttempt(
      paymentIn('captured', { refundingCents: 2000 }),
      part,
      succeeded({ amountCents: 2000 }),
    );
    expect(first.payment).to.include({ state: 'partially_refunded', refundedCents: 2000, refundingCents: 0 });
    expect(first.happening).to.deep.equal({ type: 'payment.refunded', refundCents: 2000 });

    const again = settleAttempt(first.payment, { ...part, state: 'succeeded' }, succeeded({ amountCents: 2000 }));
    expect(again.payment).to.equal(first.payment);

    const rest = attemptOf('refund', { amountCents: 3000 });
    const last = settleAttempt({ ...first.payment, refundingCents: 3000 }, rest, succeeded({ amountCents: 3000 }));
    expect(last.payment).to.include({ state: 'refunded', refundedCents: 5000, refundingCents: 0 });
  });

  it('M7: a refused void leaves the payment authorized, and answers nobody', () => {
    const before = paymentIn('authorized', { returnRequested: true, returnKeys: ['k'] });
    const { payment, attempt, replies } = settleAttempt(before, attemptOf('void'), declined);

    expect(payment).to.equal(before);
    expect(attempt.state).to.equal('refused');
    expect(replies).to.deep.equal([]);
  });

  it('keeps, in every state and for every answer, amounts within bounds and captured money from falling', () => {
    let cases = 0;
    for (const { before, operation, attemptState, answer } of everything()) {
      const attempt = attemptOf(operation, { state: attemptState });
      if (operation === 'refund' && !mayRefund(before.state)) continue;
      const { payment } = settleAttempt(before, attempt, answer);
      cases += 1;
      const label = `${before.state} ${operation} ${attemptState} ${answer.kind}`;
      expect(payment.capturedCents, label).to.be.at.least(before.capturedCents);
      expect(payment.capturedCents, label).to.be.oneOf([0, payment.amountCents]);
      expect(payment.refundedCents + payment.refundingCents, label).to.be.within(0, payment.capturedCents);
      if (payment.state === 'refunded') expect(payment.refundedCents, label).to.equal(payment.capturedCents);
      if (before.capturedCents > 0) expect(['failed', 'voided', 'authorized'], label).not.to.include(payment.state);
    }
    expect(cases).to.be.greaterThan(500);
  });

  it('changes nothing when the same answer comes again', () => {
    for (const { before, operation, attemptState, answer } of everything()) {
      if (operation === 'refund' && !mayRefund(before.state)) continue;
      const first = settleAttempt(before, attemptOf(operation, { state: attemptState }), answer);
      if (first.attempt.state !== 'succeeded' && first.attempt.state !== 'refused') continue;
      const second = settleAttempt(first.payment, first.attempt, answer);
      const label = `${before.state} ${operation} ${attemptState} ${answer.kind}`;
      const unasked = second.anomaly === 'orphaned' || first.anomaly !== undefined;
      if (!unasked) expect(second.payment, label).to.equal(first.payment);
      expect(second.replies, label).to.deep.equal([]);
      expect(second.happening, label).to.equal(undefined);
    }
  });
});

interface Case {
  readonly before: Payment;
  readonly operation: Operation;
  readonly attemptState: AttemptState;
  readonly answer: ProviderAnswer;
}

function* everything(): Generator<Case> {
  const answers = [succeeded(), succeeded({ amountCents: 1 }), declined, unclear, unavailable];
  for (const state of allStates)
    for (const operation of ['authorise', 'capture', 'void', 'refund'] as const)
      for (const attemptState of ['pending', 'unknown', 'succeeded', 'refused'] as const)
        for (const answer of answers) {
          const refundingCents = operation === 'refund' && state === 'captured' ? 5000 : 0;
          yield { before: paymentIn(state, { refundingCents }), operation, attemptState, answer };
        }
}

/** A refund of the whole amount can only be under way for a payment of which all is still there. */
function mayRefund(state: PaymentState): boolean {
  return state === 'captured';
}
