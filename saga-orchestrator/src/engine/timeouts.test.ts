import { expect } from 'chai';
import { converse, type Line, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from '../sagas/place-order.ts';

describe('a timeout', () => {
  it('is not a failure: the command is sent again, and its answer counts', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['timer', 'reserve-stock#2'], ['reserve-stock#1 done', 'charge-payment']);
    expect(saga.state).to.equal('running');
  });

  it('makes a step unknown when all attempts are spent, and going back includes the unknown step', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['timer', 'charge-payment#2'],
      ['timer', 'charge-payment#3'],
      ['timer', 'charge-payment#4'],
      ['timer', 'undo charge-payment'],
      ['undo charge-payment done', 'undo reserve-stock'],
      ['undo reserve-stock done', 'undo create-order'],
      ['undo create-order done', ''],
    );
    expect(saga.state).to.equal('compensated');
    expect(saga.instance.failure).to.include({ code: 'saga.timed_out', step: 'charge-payment' });
    expect(saga.timeline.map(({ kind }) => kind)).to.include('step.unknown');
  });

  it('that comes too early does nothing', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock done', 'charge-payment']);
    saga.play(['timer', 'charge-payment#2'], ['charge-payment done', 'confirm-order']);
    const before = saga.instance;
    // The wake-up of an answered command has passed, that of the new one has not.
    saga.play(['wait 1', '']);
    saga.play(['timer', 'confirm-order#2']);
    expect(saga.instance.steps['charge-payment:forward']).to.equal(before.steps['charge-payment:forward']);
  });

  it('G14: that fires long after its moment only probes, however often, since the answers may be waiting', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock']);
    for (let attempt = 2; attempt <= 9; attempt += 1) saga.play(['timer an hour late', `reserve-stock#${attempt}`]);
    saga.play(['reserve-stock#1 done', 'charge-payment']);
    expect(saga.state).to.equal('running');
  });

  it('after the pivot only asks again, however often', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock'], ['commit-stock done', '']);
    for (let attempt = 2; attempt <= 30; attempt += 1) saga.play(['timer', `capture-payment#${attempt}`]);
    expect(saga.state).to.equal('running');
    expect(saga.instance.attention?.code).to.equal('step.slow');
    saga.play(['capture-payment done', '']);
    expect(saga.state).to.equal('completed');
    expect(saga.instance.attention).to.equal(null);
  });

  it('waits twice as long with each attempt, so that probes do not overwhelm who is only slow', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock']);
    const waits = [waitMs()];
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      saga.play(['timer', `reserve-stock#${attempt}`]);
      waits.push(waitMs());
    }
    expect(waits).to.deep.equal([5_000, 10_000, 20_000, 40_000]);

    function waitMs(): number {
      const { wakeAtMs, lastSentAtMs } = saga.instance.steps['reserve-stock:forward'] ?? {};
      return (wakeAtMs ?? 0) - (lastSentAtMs ?? 0);
    }
  });

  it('postpones the deadline with each probe that does not count', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['timer an hour late', 'reserve-stock#2'], ['timer', 'reserve-stock#3']);
    const left = saga.commands.map(({ deadlineAtMs }) => (deadlineAtMs ?? 0) - saga.atMs);
    expect(left.at(-2)).to.equal(70_000);
    expect(left.at(-1)).to.equal(70_000);
  });
});

describe('an answer that asks for another attempt', () => {
  it('is followed by one after a pause, at the pace the participant asked for', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock transient stock.busy', '']);
    expect(saga.instance.steps['reserve-stock:forward']?.state).to.equal('retry_wait');
    saga.play(['timer', 'reserve-stock#2'], ['reserve-stock done', 'charge-payment']);
  });

  it('ends as unknown when the attempts are spent, since an earlier one may have worked', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['timer', 'reserve-stock#2']);
    saga.play(['reserve-stock transient', ''], ['timer', 'reserve-stock#3'], ['reserve-stock expired', '']);
    saga.play(['timer', 'reserve-stock#4'], ['reserve-stock transient stock.busy', 'undo reserve-stock']);
    expect(saga.instance.failure).to.include({ code: 'stock.busy', step: 'reserve-stock' });
  });
});

describe('an unclear pivot', () => {
  const unclear: readonly Line[] = [
    ...untilConfirm,
    ['timer', 'confirm-order#2'],
    ['timer', 'confirm-order#3'],
    ['timer', 'confirm-order#4'],
    ['timer', 'resolve confirm-order'],
  ];

  it('is asked to abort or to tell the truth, for ever', () => {
    const saga = converse(placeOrder);
    saga.play(...unclear);
    for (let attempt = 2; attempt <= 9; attempt += 1) saga.play(['timer', `resolve confirm-order#${attempt}`]);
    expect(saga.state).to.equal('running');
  });

  it('sends the saga back when it was aborted', () => {
    const saga = converse(placeOrder);
    saga.play(...unclear, ['resolve confirm-order aborted', 'undo charge-payment']);
    saga.play(
      ['undo charge-payment done', 'undo reserve-stock'],
      ['undo reserve-stock done', 'undo create-order'],
      ['undo create-order done', ''],
    );
    expect(saga.state).to.equal('compensated');
  });

  it('sends the saga forward when it was confirmed', () => {
    const saga = converse(placeOrder);
    saga.play(...unclear, ['resolve confirm-order already_confirmed', 'capture-payment + commit-stock']);
    expect(saga.instance.pivotPassed).to.equal(true);
    expect(saga.told).not.to.include('cancel.too_late');
  });

  it('is decided by its own late answer as well, and the other one then only stands on the timeline', () => {
    const saga = converse(placeOrder);
    saga.play(...unclear, ['confirm-order#1 done', 'capture-payment + commit-stock']);
    saga.play(['resolve confirm-order already_confirmed', '']);
    expect(saga.told).to.deep.equal(['reply.late']);
    expect(saga.instance.pivotPassed).to.equal(true);
  });

  it('waits for a person when the answer says neither', () => {
    const saga = converse(placeOrder);
    saga.play(...unclear, ['resolve confirm-order done', '']);
    expect(saga.state).to.equal('needs_attention');
    saga.play(['resolve-step confirm-order refused', 'undo charge-payment']);
    expect(saga.state).to.equal('compensating');
  });
});
