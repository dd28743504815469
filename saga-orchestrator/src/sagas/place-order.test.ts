import { expect } from 'chai';
import { converse, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from './place-order.ts';

describe('placing an order', () => {
  it('S4: asks for money only once the stock is reserved: who gets none is not charged', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock refused stock.insufficient', 'undo create-order']);
    saga.play(['undo create-order done', '']);
    expect(saga.state).to.equal('compensated');
    expect(saga.commands.map(({ step }) => step)).to.not.include('charge-payment');
  });

  it('S4: gives the money back before the stock when the order cannot be confirmed', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order refused order.not_pending', 'undo charge-payment']);
    saga.play(['undo charge-payment done', 'undo reserve-stock'], ['undo reserve-stock done', 'undo create-order']);
    saga.play(['undo create-order done', '']);
    expect(saga.state).to.equal('compensated');
  });

  it('S4: captures money only for a confirmed order', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm);
    expect(saga.commands.map(({ step }) => step)).to.not.include('capture-payment');
    saga.play(['confirm-order done', 'capture-payment + commit-stock']);
  });
});
