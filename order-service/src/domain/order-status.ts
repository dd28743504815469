import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** Every state of an order; the same names travel in the contract. */
export type OrderStatus =
  | 'pending'
  | 'confirmed'
  | 'processing'
  | 'shipped'
  | 'delivered'
  | 'rejected'
  | 'cancelling'
  | 'cancelled';

/** What an admin may set; the orchestrator alone confirms, rejects and finishes a cancellation. */
export type FulfilmentStatus = 'processing' | 'shipped' | 'delivered';

/** All transitions there are. */
export function nextStatuses(from: OrderStatus): readonly OrderStatus[] {
  switch (from) {
    case 'pending':
      return ['confirmed', 'rejected', 'cancelling'];
    case 'confirmed':
      return ['processing', 'cancelling'];
    case 'processing':
      return ['shipped', 'cancelling'];
    case 'shipped':
      return ['delivered'];
    case 'cancelling':
      return ['cancelled'];
    case 'delivered':
    case 'rejected':
    case 'cancelled':
      return [];
  }
}

/** True when the order will never change its status again by itself. */
export function isSettled(status: OrderStatus): boolean {
  return status !== 'pending' && status !== 'cancelling';
}

/** True when nothing can change the order's status any more. */
export function isFinal(status: OrderStatus): boolean {
  return nextStatuses(status).length === 0;
}

/** Throws `order.invalid_transition`, naming what an admin may set instead. */
export function assertFulfilment(from: OrderStatus, to: FulfilmentStatus): void {
  const allowed = nextStatuses(from).filter(isFulfilment);
  if (allowed.includes(to)) return;
  throw new DomainError('order.invalid_transition', `An order that is ${from} cannot become ${to}.`, {
    extensions: { allowed },
  });
}

/** What a request to cancel does: begin, or nothing because it is over or under way; throws `order.not_cancellable`. */
export function decideCancel(from: OrderStatus, by: 'owner' | 'admin'): 'begin' | 'under_way' | 'over' {
  switch (from) {
    case 'pending':
    case 'confirmed':
      return 'begin';
    case 'processing':
      if (by === 'admin') return 'begin';
      throw notCancellable(from);
    case 'cancelling':
      return 'under_way';
    case 'cancelled':
    case 'rejected':
      return 'over';
    case 'shipped':
    case 'delivered':
      throw notCancellable(from);
  }
}

/**
 * What confirming does; cancel against confirm is decided by whoever locks the order's row first.
 * An order that is no longer confirmable was given up while its confirmation was still under way.
 */
export function decideConfirm(
  from: OrderStatus,
  confirmable: boolean,
): 'confirm' | 'already_confirmed' | 'cancelling' | 'ended' {
  switch (from) {
    case 'pending':
      return confirmable ? 'confirm' : 'ended';
    case 'confirmed':
    case 'processing':
    case 'shipped':
    case 'delivered':
      return 'already_confirmed';
    case 'cancelling':
      return 'cancelling';
    case 'rejected':
    case 'cancelled':
      return 'ended';
  }
}

/** The end that an order gets when it is to be ended: once somebody asked to cancel it is cancelled, whatever the saga says. */
export function decideEnd(from: OrderStatus, wanted: 'rejected' | 'cancelled'): 'rejected' | 'cancelled' | 'nothing' {
  switch (from) {
    case 'pending':
      return 'rejected';
    case 'cancelling':
      return 'cancelled';
    case 'rejected':
    case 'cancelled':
      return 'nothing';
    case 'confirmed':
    case 'processing':
    case 'shipped':
    case 'delivered':
      throw new DomainError('order.end_after_pivot', `An order that is ${from} cannot be ended as ${wanted}.`);
  }
}

function isFulfilment(status: OrderStatus): status is FulfilmentStatus {
  return status === 'processing' || status === 'shipped' || status === 'delivered';
}

function notCancellable(status: OrderStatus): DomainError {
  return new DomainError('order.not_cancellable', `An order that is ${status} can no longer be cancelled.`, {
    extensions: { status },
  });
}
