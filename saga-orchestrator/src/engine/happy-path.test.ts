import { expect } from 'chai';
import { converse, untilConfirm } from '../../test-kit/conversation.ts';
import { cancelOrder } from '../sagas/cancel-order.ts';
import { placeOrder } from '../sagas/place-order.ts';
import { stateOf } from './instance.ts';

const order = {
  order_id: 7,
  user_id: 3,
  items: [{ product_id: 5, quantity: 2 }],
  amount: 19.98,
  currency: 'EUR',
  method: { provider: 'sandbox', token: 'tok_approve' },
};

describe('a saga that nothing disturbs', () => {
  it('goes through its steps in order, the last two side by side', () => {
    const saga = converse(placeOrder, order);
    saga.play(
      ...untilConfirm,
      ['confirm-order done', 'capture-payment + commit-stock'],
      ['commit-stock done', ''],
      ['capture-payment done', ''],
    );
    expect(saga.state).to.equal('completed');
    expect(saga.instance.pivotPassed).to.equal(true);
    expect(saga.instance.failure).to.equal(null);
  });

  it('sends each command with what its participant needs', () => {
    const saga = converse(placeOrder, order);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock']);
    expect(saga.commands.map(({ type, data }) => [type, data])).to.deep.equal([
      ['product-service.reserve-stock', { order_id: 7, items: [{ product_id: 5, quantity: 2 }] }],
      [
        'payment-service.charge-payment',
        {
          order_id: 7,
          user_id: 3,
          amount: 19.98,
          currency: 'EUR',
          method: { provider: 'sandbox', token: 'tok_approve' },
        },
      ],
      ['order-service.confirm-order', { order_id: 7 }],
      ['payment-service.capture-payment', { order_id: 7 }],
      ['product-service.commit-stock', { order_id: 7 }],
    ]);
  });

  it('gives a deadline to what can be given up, and none to what is asked for ever', () => {
    const saga = converse(placeOrder, order);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock']);
    const deadlines = saga.commands.map(({ step, deadlineAtMs }) => [
      step,
      deadlineAtMs === null ? null : deadlineAtMs - saga.atMs,
    ]);
    expect(deadlines).to.deep.equal([
      ['reserve-stock', 75_000],
      ['charge-payment', 165_000],
      ['confirm-order', 75_000],
      ['capture-payment', null],
      ['commit-stock', null],
    ]);
  });

  it('tells each message on its timeline', () => {
    const saga = converse(placeOrder, order);
    saga.play(['start', 'reserve-stock'], ['reserve-stock done', 'charge-payment']);
    expect(saga.timeline.map(({ kind, step }) => [kind, step])).to.deep.equal([
      ['saga.started', undefined],
      ['command.sent', 'reserve-stock'],
      ['reply.applied', 'reserve-stock'],
      ['command.sent', 'charge-payment'],
    ]);
  });

  it('M7: refunds and restocks side by side before the order is cancelled', () => {
    const saga = converse(cancelOrder, { order_id: 7, reason: 'changed my mind' });
    saga.play(
      ['start', 'refund-payment + return-stock'],
      ['refund-payment done', ''],
      ['return-stock done', 'end-order'],
      ['end-order done', ''],
    );
    expect(saga.state).to.equal('completed');
    expect(saga.commands.at(-1)?.data).to.deep.equal({ order_id: 7, status: 'cancelled', reason: 'changed my mind' });
  });

  it('begins once, however often it is told to', () => {
    const saga = converse(placeOrder, order);
    saga.play(['start', 'reserve-stock'], ['start', ''], ['reserve-stock done', 'charge-payment']);
    expect(saga.timeline.map(({ kind }) => kind)).to.include('saga.start_repeated');
  });

  it('changes nothing in the instance it was given', () => {
    const saga = converse(placeOrder, order);
    saga.play(['start', 'reserve-stock']);
    const before = saga.instance;
    const copy = structuredClone(before);
    saga.play(['reserve-stock done', 'charge-payment'], ['charge-payment refused', 'undo reserve-stock']);
    expect(before).to.deep.equal(copy);
    expect(stateOf(before)).to.equal('running');
  });
});
