import { expect } from 'chai';
import { converse, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from '../sagas/place-order.ts';

describe('a reply that is not applied', () => {
  it('G12: is a duplicate when it says the same once more, and sends nothing', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock done', 'charge-payment']);
    saga.play(['reserve-stock done', '']);
    expect(saga.told).to.deep.equal(['reply.duplicate']);
  });

  it('is late when the step was taken for unknown, and changes nothing about going back', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['timer', 'reserve-stock#2'],
      ['timer', 'reserve-stock#3'],
      ['timer', 'reserve-stock#4'],
      ['timer', 'undo reserve-stock'],
      ['reserve-stock#2 done', ''],
    );
    expect(saga.told).to.deep.equal(['reply.late']);
    expect(saga.state).to.equal('compensating');
    saga.play(['reserve-stock tombstoned', '']);
    expect(saga.told).to.deep.equal(['reply.late']);
  });

  it('G12: is late when it contradicts the first conclusive one', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock done', 'charge-payment'], ['reserve-stock refused', '']);
    expect(saga.told).to.deep.equal(['reply.late']);
    expect(saga.instance.failure).to.equal(null);
  });

  it('G12: is late or a duplicate after the end', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock refused', 'undo create-order'],
      ['undo create-order done', ''],
    );
    saga.play(['undo create-order done', '']);
    expect(saga.told).to.deep.equal(['reply.duplicate']);
    saga.play(['reserve-stock done', '']);
    expect(saga.told).to.deep.equal(['reply.late']);
    expect(saga.state).to.equal('compensated');
  });

  it('G12: is of a stale attempt when it asks for another one that was made already', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['timer', 'reserve-stock#2'], ['reserve-stock#1 transient', '']);
    expect(saga.told).to.deep.equal(['reply.stale_attempt']);
    saga.play(['reserve-stock#1 expired', '']);
    expect(saga.told).to.deep.equal(['reply.stale_attempt']);
    expect(saga.instance.steps['reserve-stock:forward']?.state).to.equal('in_flight');
  });

  it('is a duplicate when it asks once more for the attempt that is being waited for', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock transient', '']);
    const { steps } = saga.instance;
    saga.play(['reserve-stock transient', '']);
    expect(saga.told).to.deep.equal(['reply.duplicate']);
    expect(saga.instance.steps).to.equal(steps);
  });

  it('G12: is an orphan when nothing was asked that it could answer', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock']);
    for (const orphan of [
      'charge-payment done',
      'undo reserve-stock done',
      'reserve-stock#2 done',
      'ship-order done',
    ]) {
      saga.play([orphan, '']);
      expect(saga.told, orphan).to.deep.equal(['reply.orphan']);
    }
    expect(saga.instance.steps['reserve-stock:forward']?.state).to.equal('in_flight');
  });
});

describe('a conclusive reply', () => {
  it('counts whichever attempt it answers', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['timer', 'reserve-stock#2'],
      ['reserve-stock#1 refused', 'undo create-order'],
    );
  });

  it('counts while the next attempt is being waited for', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock transient', ''], ['reserve-stock done', 'charge-payment']);
  });

  it('of a tombstone before the pivot sends the saga back', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock tombstoned', 'undo create-order']);
    expect(saga.instance.failure?.code).to.equal('saga.tombstoned');
  });

  it('of a command that became a dead letter proves nothing: the step is undone as unknown, or asked about at the pivot', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock refused command.unprocessable', 'undo reserve-stock']);
    expect(saga.instance.failure?.code).to.equal('command.unprocessable');
    const other = converse(placeOrder);
    other.play(...untilConfirm, ['confirm-order refused command.unprocessable', 'resolve confirm-order']);
  });

  it('that refuses what may not be refused holds the saga for a person, while its neighbour goes on', () => {
    const saga = converse(placeOrder);
    saga.play(
      ...untilConfirm,
      ['confirm-order done', 'capture-payment + commit-stock'],
      ['capture-payment refused payment.no_hold', ''],
    );
    expect(saga.state).to.equal('needs_attention');
    saga.play(['timer', 'commit-stock#2'], ['commit-stock done', '']);
    expect(saga.state).to.equal('needs_attention');
    saga.play(['retry-now', 'capture-payment#2'], ['capture-payment done', '']);
    expect(saga.state).to.equal('completed');
  });
});
