import { expect } from 'chai';
import { everything, explore } from '../../test-kit/explorer/explore.ts';
import type { Circumstances } from '../../test-kit/explorer/moves.ts';
import { allGuards } from '../../test-kit/explorer/participants.ts';
import * as planted from '../../test-kit/explorer/planted-faults.ts';

const plain: Circumstances = { ...everything, faults: false, operator: false };

/** Faults of engine or participants, each with what the explorer finds. */
const faults: readonly { fault: string; circumstances: Circumstances; breaches: readonly string[] }[] = [
  {
    fault: 'participants leave no tombstones',
    circumstances: { ...plain, guards: { ...allGuards, tombstones: false } },
    breaches: ['the order is rejected, but its stock is reserved', 'the order is rejected, but its payment is held'],
  },
  {
    fault: 'participants do repeated commands again',
    circumstances: { ...plain, guards: { ...allGuards, storedReplies: false } },
    breaches: ['the card is charged twice', 'the order is rejected, but its stock is reserved'],
  },
  {
    fault: 'asking about the pivot does not keep it from happening',
    circumstances: { ...plain, guards: { ...allGuards, abortLocks: false } },
    breaches: ['a confirmed order is refunded', 'the stock of a confirmed order is released'],
  },
  {
    fault: 'a charge that timed out is taken for a decline',
    circumstances: { ...plain, advance: planted.timeoutIsDecline },
    breaches: ['the order is rejected, but its payment is held', 'stock is released before the money is given back'],
  },
  {
    fault: 'replies are not matched to their step',
    circumstances: { ...plain, advance: planted.repliesUnmatched },
    breaches: ['the order is confirmed, but its payment is none', 'the saga completed, but the order is pending'],
  },
  {
    fault: 'a step after the pivot that timed out sends the saga back',
    circumstances: { ...plain, advance: planted.backAfterPivot },
    breaches: ['a confirmed order is refunded', 'the order is cancelled, but its stock is committed'],
  },
  {
    fault: 'a pivot that timed out sends the saga back',
    circumstances: { ...plain, advance: planted.pivotTimeoutGoesBack },
    breaches: ['a confirmed order is refunded', 'a confirmed order is ended'],
  },
  {
    fault: 'an unknown step is not undone',
    circumstances: { ...plain, advance: planted.unknownIsNotUndone },
    breaches: ['the order is rejected, but its stock is reserved', 'the order is rejected, but its payment is held'],
  },
  {
    fault: 'compensations do not wait for each other',
    circumstances: { ...plain, advance: planted.compensationUnacknowledged },
    breaches: ['stock is released before the money is given back', 'the order is rejected, but its payment is held'],
  },
  {
    fault: 'a cancellation after the pivot is forgotten',
    circumstances: { ...plain, advance: planted.lateCancelForgotten },
    breaches: ['the saga completed, but the order is cancelling'],
  },
  {
    fault: 'a dead letter is taken for a proof that nothing was done',
    circumstances: { ...plain, faults: true, cancel: false, advance: planted.deadLetterIsProof },
    breaches: ['the order is rejected, but its payment is held', 'a confirmed order is ended'],
  },
  {
    fault: 'retries after the pivot have an end',
    circumstances: { ...plain, faults: true, cancel: false, advance: planted.retriesEnd },
    breaches: ['the saga waits for nothing'],
  },
];

describe('every way an order can go', () => {
  it('S5: ends legally under loss, repetition, disorder, timeouts and cancellation', () => {
    const { states, breaches, ends } = explore(plain);
    expect([...breaches]).to.deep.equal([]);
    expect(states).to.be.greaterThan(400);
    expect([...ends.keys()]).to.have.members([
      'completed: order confirmed, stock committed, payment captured',
      'completed, then undone: order cancelled, stock returned, payment refunded',
      'compensated: order rejected, stock none, payment none',
      'compensated: order rejected, stock released, payment none',
      'compensated: order rejected, stock released, payment declined',
      'compensated: order rejected, stock released, payment voided',
      'compensated: order cancelled, stock none, payment none',
      'compensated: order cancelled, stock released, payment none',
      'compensated: order cancelled, stock released, payment declined',
      'compensated: order cancelled, stock released, payment voided',
    ]);
  });

  it('ends legally when participants answer transiently, too late, or lose commands as well', function () {
    this.timeout(60_000);
    const { states, breaches } = explore({ ...plain, faults: true });
    expect([...breaches]).to.deep.equal([]);
    expect(states).to.be.greaterThan(10_000);
  });

  for (const { fault, circumstances, breaches: expected } of faults) {
    it(`shows what goes wrong when ${fault}`, function () {
      this.timeout(30_000);
      const { breaches } = explore(circumstances);
      expect([...breaches.keys()]).to.include.members([...expected]);
      for (const conversation of breaches.values())
        expect(conversation.split('\n')[0]).to.equal('the order is created');
    });
  }
});
