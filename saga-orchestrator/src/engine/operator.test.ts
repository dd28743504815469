import { expect } from 'chai';
import { type Conversation, converse, untilConfirm } from '../../test-kit/conversation.ts';
import { placeOrder } from '../sagas/place-order.ts';
import { allowedActions } from './allowed-actions.ts';
import { nextWakeupMs } from './instance.ts';

describe('an operator', () => {
  it('pauses a saga: answers are taken in, nothing is sent, no timer runs', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['pause', '']);
    expect(saga.state).to.equal('paused');
    expect(nextWakeupMs(saga.instance)).to.equal(null);
    saga.play(['wait 3600000', ''], ['timer', ''], ['reserve-stock done', '']);
    expect(saga.instance.steps['reserve-stock:forward']?.state).to.equal('succeeded');
    saga.play(['resume', 'charge-payment']);
    expect(saga.state).to.equal('running');
  });

  it('resumes a saga with the time that was left to each answer', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['wait 2000', ''], ['pause', ''], ['wait 3600000', ''], ['resume', '']);
    expect((nextWakeupMs(saga.instance) ?? 0) - saga.atMs).to.equal(3_000);
  });

  it('sends at once what waits, without using up its attempts', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock transient', '']);
    for (let attempt = 2; attempt <= 9; attempt += 1) saga.play(['retry-now', `reserve-stock#${attempt}`]);
    expect(saga.instance.steps['reserve-stock:forward']?.spent).to.equal(1);
  });

  it('resolves a step as done by hand, and it is undone like any other', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['resolve-step reserve-stock done', 'charge-payment'],
      ['charge-payment refused', 'undo reserve-stock'],
    );
  });

  it('resolves a step as refused by hand, and it is undone all the same, since its command may still arrive', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['resolve-step reserve-stock refused', 'undo reserve-stock']);
    expect(saga.instance.failure?.code).to.equal('operator.refused');
  });

  it('resolves the pivot as done by hand, and the saga only goes forward', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['resolve-step confirm-order done', 'capture-payment + commit-stock']);
    expect(saga.instance.pivotPassed).to.equal(true);
    expect(allowed(saga)).not.to.include('force-compensate');
  });

  it('forces a saga back without waiting for what is in flight', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock done', 'charge-payment'],
      ['force-compensate', 'undo charge-payment'],
      ['charge-payment done', ''],
      ['undo charge-payment done', 'undo reserve-stock'],
    );
    expect(saga.instance.failure?.code).to.equal('operator.forced');
  });

  it('cannot force back what is confirmed: at the pivot it is asked, and goes forward when it was', () => {
    const saga = converse(placeOrder);
    saga.play(
      ...untilConfirm,
      ['force-compensate', 'resolve confirm-order'],
      ['resolve confirm-order already_confirmed', 'capture-payment + commit-stock'],
    );
    expect(saga.told).to.include('cancel.too_late');
    expect(saga.instance.failure).to.equal(null);
  });

  it('stands on the timeline with name and reason', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['pause', '']);
    const line = saga.timeline.find(({ kind }) => kind === 'operator.pause');
    expect(line).to.include({ actor: 'admin 2', reason: 'because' });
  });

  it('is refused loudly what is not allowed', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock']);
    expect(() => saga.play(['resume', ''])).to.throw('the saga is not paused');
    expect(() => saga.play(['resolve-step charge-payment done', ''])).to.throw('only these steps');
  });
});

describe('allowed actions', () => {
  it('before the pivot are all but resuming', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock']);
    expect(allowed(saga)).to.deep.equal(['retry-now', 'resolve-step', 'pause', 'cancel', 'force-compensate']);
    expect(resolvable(saga)).to.deep.equal(['reserve-stock']);
  });

  it('of a paused saga leave out retrying', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['pause', '']);
    expect(allowed(saga)).to.deep.equal(['resolve-step', 'resume', 'cancel', 'force-compensate']);
  });

  it('after the pivot lead nowhere but forward, and say why', () => {
    const saga = converse(placeOrder);
    saga.play(...untilConfirm, ['confirm-order done', 'capture-payment + commit-stock']);
    expect(allowed(saga)).to.deep.equal(['retry-now', 'resolve-step', 'pause']);
    const cancel = allowedActions(saga.instance).find(({ action }) => action === 'cancel');
    expect(cancel?.reason).to.equal('it has passed its pivot: cancel the order instead');
    expect(() => saga.play(['resolve-step commit-stock refused', ''])).to.throw('can only be resolved as done');
  });

  it('on the way back are retrying, resolving and pausing', () => {
    const saga = converse(placeOrder);
    saga.play(['start', 'reserve-stock'], ['reserve-stock refused', 'undo create-order']);
    expect(allowed(saga)).to.deep.equal(['retry-now', 'resolve-step', 'pause']);
    expect(resolvable(saga)).to.deep.equal(['create-order']);
  });

  it('at the end are none, with the end as the reason', () => {
    const saga = converse(placeOrder);
    saga.play(
      ['start', 'reserve-stock'],
      ['reserve-stock refused', 'undo create-order'],
      ['undo create-order done', ''],
    );
    expect(allowed(saga)).to.deep.equal([]);
    expect(allowedActions(saga.instance)[0]?.reason).to.equal('the saga is compensated');
  });
});

function allowed(saga: Conversation): string[] {
  return allowedActions(saga.instance).flatMap(({ action, allowed }) => (allowed ? [action] : []));
}

function resolvable(saga: Conversation): readonly string[] | undefined {
  return allowedActions(saga.instance).find(({ action }) => action === 'resolve-step')?.steps;
}
