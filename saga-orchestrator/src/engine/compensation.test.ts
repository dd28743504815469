import { expect } from 'chai';
import { converse, type Line, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from '../sagas/place-order.ts';

const refusals: readonly { at: string; script: readonly Line[]; reason: string }[] = [
  {
    at: 'reserve-stock',
    script: [
      ['start', 'reserve-stock'],
      ['reserve-stock refused stock.insufficient', 'undo create-order'],
      ['undo create-order done', ''],
    ],
    reason: 'stock.insufficient',
  },
  {
    at: 'charge-payment',
    script: [
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['charge-payment refused payment.declined', 'undo reserve-stock'],
      ['undo reserve-stock done', 'undo create-order'],
      ['undo create-order done', ''],
    ],
    reason: 'payment.declined',
  },
  {
    at: 'confirm-order',
    script: [
      ...untilConfirm,
      ['confirm-order refused order.not_pending', 'undo charge-payment'],
      ['undo charge-payment done', 'undo reserve-stock'],
      ['undo reserve-stock done', 'undo create-order'],
      ['undo create-order done', ''],
    ],
    reason: 'order.not_pending',
  },
];

describe('going back', () => {
  for (const { at, script, reason } of refusals) {
    it(`undoes in reverse, one after the other, what was done before ${at} was refused`, () => {
      const saga = converse(placeOrder);
      saga.play(...script);
      expect(saga.state).to.equal('compensated');
      expect(saga.commands.at(-1)?.data).to.deep.equal({ order_id: 7, status: 'rejected', reason });
      expect(saga.instance.failure).to.include({ code: reason, step: at });
    });
  }

  it('G8: asks a participant for ever to undo, and calls for attention after a minute', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['charge-payment refused', 'undo reserve-stock'],
    );
    for (let attempt = 2; attempt <= 40; attempt += 1) {
      saga.play(['undo reserve-stock transient stock.busy', ''], ['timer', `undo reserve-stock#${attempt}`]);
    }
    expect(saga.state).to.equal('compensating');
    expect(saga.instance.attention?.code).to.equal('step.slow');
    saga.play(['undo reserve-stock done', 'undo create-order']);
    expect(saga.instance.attention).to.equal(null);
    expect(saga.told).to.include('attention.cleared');
  });

  it('waits no longer than a minute between attempts, however many there were', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock refused', 'undo create-order']);
    for (let attempt = 2; attempt <= 12; attempt += 1) {
      const before = saga.atMs;
      saga.play(['timer', `undo create-order#${attempt}`]);
      expect(saga.atMs - before).to.be.within(5_000, 60_000);
    }
  });

  it('G8: waits for a person when undoing is refused, and goes on when told that it is done', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['charge-payment refused', 'undo reserve-stock'],
      ['undo reserve-stock refused stock.unknown_order', ''],
    );
    expect(saga.state).to.equal('needs_attention');
    expect(saga.instance.attention?.code).to.equal('step.refused');
    saga.play(['resolve-step reserve-stock done', 'undo create-order'], ['undo create-order done', '']);
    expect(saga.state).to.equal('compensated');
  });

  it('keeps the same idempotency key for every attempt of a step and direction', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['timer', 'reserve-stock#2'], ['reserve-stock refused', 'undo create-order']);
    const keys = saga.commands.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys[0]).to.equal(keys[1]);
    expect(keys[0]).to.equal(`${saga.instance.id}:reserve-stock:forward`);
    expect(keys[2]).to.equal(`${saga.instance.id}:create-order:compensate`);
  });
});
