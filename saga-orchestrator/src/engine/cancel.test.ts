import { expect } from 'chai';
import { type Conversation, converse, type Line, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from '../sagas/place-order.ts';

const undoStock: readonly Line[] = [
  ['undo reserve-stock done', 'undo create-order'],
  ['undo create-order done', ''],
];
const undoAll: readonly Line[] = [['undo charge-payment done', 'undo reserve-stock'], ...undoStock];
const forward: readonly Line[] = [
  ['commit-stock done', ''],
  ['capture-payment done', ''],
];

describe('a request to cancel', () => {
  it('G13: while stock is being reserved waits for the answer, then gives the stock back', () => {
    cancelled([['start', 'reserve-stock'], ['cancel', ''], ['reserve-stock done', 'undo reserve-stock'], ...undoStock]);
  });

  it('G13: while stock is being reserved ends the order when the reservation is refused', () => {
    const saga = cancelled([
      ['start', 'reserve-stock'],
      ['cancel', ''],
      ['reserve-stock refused stock.insufficient', 'undo create-order'],
      ['undo create-order done', ''],
    ]);
    expect(saga.instance.failure?.code).to.equal('stock.insufficient');
  });

  it('G13: while stock is being reserved does not probe: no answer in time is undone as unknown', () => {
    cancelled([['start', 'reserve-stock'], ['cancel', ''], ['timer', 'undo reserve-stock'], ...undoStock]);
  });

  it('G13: while a step waits for its next attempt does not wait for it', () => {
    cancelled([
      ['start', 'reserve-stock'],
      ['reserve-stock transient', ''],
      ['cancel', 'undo reserve-stock'],
      ...undoStock,
    ]);
  });

  it('G13: while the card is being charged waits for the answer, then undoes both', () => {
    cancelled([
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['cancel', ''],
      ['charge-payment done', 'undo charge-payment'],
      ...undoAll,
    ]);
  });

  it('G13: while the order is being confirmed leaves the decision to the order: refused', () => {
    cancelled([
      ...untilConfirm,
      ['cancel', ''],
      ['confirm-order refused order.cancelling', 'undo charge-payment'],
      ...undoAll,
    ]);
  });

  it('G13: while the order is being confirmed asks at the first timeout, and goes back when it was aborted', () => {
    cancelled([
      ...untilConfirm,
      ['cancel', ''],
      ['timer', 'resolve confirm-order'],
      ['resolve confirm-order aborted', 'undo charge-payment'],
      ...undoAll,
    ]);
  });

  it('G13: while the order is being confirmed leaves the decision to the order: confirmed, so it is undone when it is complete', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['cancel', ''], ['confirm-order done', 'capture-payment + commit-stock'], ...forward);
    expect(saga.state).to.equal('completed');
    expect(saga.linked).to.deep.equal(['cancel-order']);
  });

  it('G13: after the pivot lets the saga complete, then starts the one that undoes it', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock'], ['cancel', '']);
    expect(saga.linked).to.deep.equal([]);
    saga.play(...forward);
    expect(saga.linked).to.deep.equal(['cancel-order']);
  });

  it('G13: of a completed saga starts the one that undoes it, once', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock'], ...forward);
    saga.play(['cancel', '']);
    expect(saga.told).to.deep.equal(['cancel.requested', 'saga.linked']);
    saga.play(['cancel', '']);
    expect(saga.told).to.deep.equal(['cancel.repeated']);
    expect(saga.linked).to.deep.equal(['cancel-order']);
  });

  it('G13: of a saga that goes back already only turns its end into a cancellation', () => {
    cancelled([
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['charge-payment refused payment.declined', 'undo reserve-stock'],
      ['cancel', ''],
      ...undoStock,
    ]);
  });

  it('G13: of a saga that is undone does nothing', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock refused', 'undo create-order'],
      ['undo create-order done', ''],
    );
    saga.play(['cancel', '']);
    expect(saga.state).to.equal('compensated');
    expect(saga.linked).to.deep.equal([]);
  });

  it('G13: of a paused saga is carried out when it goes on', () => {
    cancelled([
      ['start', 'reserve-stock'],
      ['pause', ''],
      ['reserve-stock done', ''],
      ['cancel', ''],
      ['resume', 'undo reserve-stock'],
      ...undoStock,
    ]);
  });

  it('G13: of a saga that waits for a person after its pivot is kept until it completes', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock'], ['commit-stock done', '']);
    saga.play(['capture-payment refused', ''], ['cancel', '']);
    expect(saga.state).to.equal('needs_attention');
    saga.play(['resolve-step capture-payment done', '']);
    expect(saga.linked).to.deep.equal(['cancel-order']);
  });

  it('G13: twice counts once', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['cancel', ''], ['cancel', '']);
    expect(saga.told).to.deep.equal(['cancel.repeated']);
  });

  it('G13: by an operator at the pivot comes too late when the order is confirmed, and starts nothing', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['operator cancel', ''], ['confirm-order done', 'capture-payment + commit-stock']);
    expect(saga.told).to.include('cancel.too_late');
    saga.play(...forward);
    expect(saga.linked).to.deep.equal([]);
  });

  it('G13: by the order outranks that of an operator', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['operator cancel', ''], ['cancel', '']);
    saga.play(['confirm-order done', 'capture-payment + commit-stock'], ...forward);
    expect(saga.linked).to.deep.equal(['cancel-order']);
  });
});

function cancelled(script: readonly Line[]): Conversation {
  const saga = converse(placeOrder);
  saga.play(...script);
  expect(saga.state).to.equal('compensated');
  expect(saga.linked).to.deep.equal([]);
  expect(saga.commands.at(-1)?.data).to.deep.equal({ order_id: 7, status: 'cancelled', reason: 'changed my mind' });
  return saga;
}
