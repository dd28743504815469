import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { expect } from 'chai';
import { orderStatuses } from '../contract/fields.ts';
import {
  assertFulfilment,
  decideCancel,
  decideConfirm,
  decideEnd,
  type FulfilmentStatus,
  nextStatuses,
  type OrderStatus,
} from './order-status.ts';

describe('order status', () => {
  it('has exactly the transitions of the design', () => {
    const transitions = orderStatuses.flatMap((from) => nextStatuses(from).map((to) => `${from} → ${to}`));
    expect(transitions).to.have.members([
      'pending → confirmed',
      'pending → rejected',
      'pending → cancelling',
      'confirmed → processing',
      'confirmed → cancelling',
      'processing → shipped',
      'processing → cancelling',
      'shipped → delivered',
      'cancelling → cancelled',
    ]);
  });

  it('lets admins move an order along its way and nowhere else, naming what is allowed', () => {
    const allowed: string[] = [];
    for (const from of orderStatuses) {
      for (const to of ['processing', 'shipped', 'delivered'] as const) {
        const outcome = codeOf(() => assertFulfilment(from, to));
        if (outcome === 'none') allowed.push(`${from} → ${to}`);
        else expect(outcome).to.equal('order.invalid_transition');
      }
    }
    expect(allowed).to.deep.equal(['confirmed → processing', 'processing → shipped', 'shipped → delivered']);
    expect(allowedOf('confirmed', 'delivered')).to.deep.equal(['processing']);
  });

  it('decides on cancelling for each state and each who', () => {
    const decide = (from: OrderStatus, by: 'owner' | 'admin') => {
      let decision = '';
      const code = codeOf(() => {
        decision = decideCancel(from, by);
      });
      return code === 'none' ? decision : code;
    };
    const byOwner = Object.fromEntries(orderStatuses.map((from) => [from, decide(from, 'owner')]));
    expect(byOwner).to.deep.equal({
      pending: 'begin',
      confirmed: 'begin',
      processing: 'order.not_cancellable',
      shipped: 'order.not_cancellable',
      delivered: 'order.not_cancellable',
      rejected: 'over',
      cancelling: 'under_way',
      cancelled: 'over',
    });
    expect(decide('processing', 'admin')).to.equal('begin');
    expect(decide('shipped', 'admin')).to.equal('order.not_cancellable');
  });

  it('confirms a pending order only', () => {
    const confirmable = orderStatuses.filter((from) => decideConfirm(from, true) === 'confirm');
    expect(confirmable).to.deep.equal(['pending']);
    expect(decideConfirm('cancelling', true)).to.equal('cancelling');
    expect(decideConfirm('pending', false)).to.equal('ended');
  });

  it('ends what the customer asked to cancel as cancelled, and never what is confirmed', () => {
    expect(decideEnd('pending', 'rejected')).to.equal('rejected');
    expect(decideEnd('cancelling', 'rejected')).to.equal('cancelled');
    expect(decideEnd('cancelled', 'cancelled')).to.equal('nothing');
    for (const from of ['confirmed', 'processing', 'shipped', 'delivered'] as const) {
      expect(codeOf(() => decideEnd(from, 'cancelled'))).to.equal('order.end_after_pivot');
    }
  });
});

function codeOf(work: () => void): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

function allowedOf(from: OrderStatus, to: FulfilmentStatus): unknown {
  try {
    assertFulfilment(from, to);
    return 'none';
  } catch (error) {
    return (error as DomainError).extensions.allowed;
  }
}
