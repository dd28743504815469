import { compensatable, defineSaga, origin, pivot, retriable } from '../engine/definition.ts';
import {
  commitStock,
  confirmOrder,
  endOrder,
  type PlaceOrderData,
  rejectIfPending,
  releaseStock,
  reserveStock,
} from './place-order.ts';

/** place-order for an order that costs nothing: nobody is asked for money. */
export const placeFreeOrder = defineSaga<PlaceOrderData>({
  type: 'place-free-order',
  version: 1,
  origin: origin('create-order', { compensation: endOrder }),
  steps: [
    compensatable('reserve-stock', { command: reserveStock, compensation: releaseStock }),
    pivot('confirm-order', { command: confirmOrder, abortOrLearn: rejectIfPending }),
    retriable('commit-stock', { command: commitStock }),
  ],
  undoneBy: 'cancel-order',
});
