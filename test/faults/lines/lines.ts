import { type AmqpEvent, ackOf, publishOf } from './amqp-conversation.ts';
import { commitWith, type SqlEvent, statementOn } from './postgres-conversation.ts';

/** A line of a process's work at which it is killed, as it shows between the process and its servers. */
export interface Line {
  readonly process: string;
  readonly name: string;
  readonly at: { readonly sql: (event: SqlEvent) => boolean } | { readonly amqp: (event: AmqpEvent) => boolean };
  /** What makes an order come to the line. */
  readonly order: 'approved' | 'declined' | 'cancelled while charged';
  /** The message that must come once more, since the first time it was not handled, or not told to be. */
  readonly again?: { readonly redelivered: string } | { readonly republished: string };
  /** Taken in `make test` as well. */
  readonly isCore?: boolean;
}

const beforeCommit = (...parts: string[]) => ({ sql: commitWith(...parts) });
const beforeAck = (routingKey: string) => ({ amqp: ackOf(routingKey) });
const redelivered = (routingKey: string) => ({ redelivered: routingKey });

/** What a participant says of a step in the direction back: its outbox row has the words of both. */
const repliesTo = (key: string, direction: 'forward' | 'compensate') => [`${key}`, `direction\\":\\"${direction}`];

/** One process after the other, so that none is killed twice in a row. */
export const lines: readonly Line[] = [
  {
    process: 'order-service',
    name: 'before the commit of a new order',
    at: beforeCommit('INSERT INTO outbox', 'order.created'),
    order: 'approved',
    isCore: true,
  },
  {
    process: 'saga-orchestrator',
    name: 'before the commit of a new saga',
    at: beforeCommit('INSERT INTO outbox', 'product-service.reserve-stock'),
    order: 'approved',
    again: redelivered('order.created'),
  },
  {
    process: 'product-service',
    name: 'before the commit of a reservation',
    at: beforeCommit(...repliesTo('place-order.reserve-stock.done', 'forward')),
    order: 'approved',
    again: redelivered('product-service.reserve-stock'),
    isCore: true,
  },
  {
    process: 'payment-service',
    name: 'before the commit of an attempt',
    at: beforeCommit('payment_attempts', 'authorise'),
    order: 'approved',
    again: redelivered('payment-service.charge-payment'),
  },
  {
    process: 'outbox-relay',
    name: 'before the publishing of an event',
    at: { amqp: publishOf('order.created') },
    order: 'approved',
  },
  {
    process: 'order-service',
    name: 'before the commit of a confirmation',
    at: beforeCommit('place-order.confirm-order.done'),
    order: 'approved',
    again: redelivered('order-service.confirm-order'),
  },
  {
    process: 'saga-orchestrator',
    name: 'after the commit of a new saga, before the ack',
    at: beforeAck('order.created'),
    order: 'approved',
    again: redelivered('order.created'),
  },
  {
    process: 'payment-service',
    name: 'after the provider holds the money, before the commit that knows of it',
    at: beforeCommit('place-order.charge-payment.done'),
    order: 'approved',
    isCore: true,
  },
  {
    process: 'product-service',
    name: 'after the commit of a reservation, before the ack',
    at: beforeAck('product-service.reserve-stock'),
    order: 'approved',
    again: redelivered('product-service.reserve-stock'),
  },
  {
    process: 'outbox-relay',
    name: 'after the publishing, before the delete',
    at: { sql: statementOn('orders_db', 'DELETE FROM outbox WHERE id') },
    order: 'approved',
    again: { republished: 'order.created' },
    isCore: true,
  },
  {
    process: 'order-service',
    name: 'after the commit of a confirmation, before the ack',
    at: beforeAck('order-service.confirm-order'),
    order: 'approved',
    again: redelivered('order-service.confirm-order'),
    isCore: true,
  },
  {
    process: 'saga-orchestrator',
    name: 'before the commit of an answer taken in',
    at: beforeCommit('INSERT INTO outbox', 'order-service.confirm-order'),
    order: 'approved',
    again: redelivered('place-order.charge-payment.done'),
  },
  {
    process: 'payment-service',
    name: 'after the commit of an attempt, before the ack',
    at: beforeAck('payment-service.charge-payment'),
    order: 'approved',
    again: redelivered('payment-service.charge-payment'),
  },
  {
    process: 'user-service',
    name: "before the commit of a user's order history",
    at: beforeCommit('order_history', 'inbox'),
    order: 'approved',
    again: redelivered('order.created'),
  },
  {
    process: 'notification-service',
    name: 'after the commit of a mail, before the ack',
    at: beforeAck('order.updated'),
    order: 'approved',
    again: redelivered('order.updated'),
  },
  {
    process: 'saga-orchestrator',
    name: 'after the commit of an answer, before the ack',
    at: beforeAck('place-order.charge-payment.done'),
    order: 'approved',
    again: redelivered('place-order.charge-payment.done'),
    isCore: true,
  },
  {
    process: 'user-service',
    name: "after the commit of a user's order history, before the ack",
    at: beforeAck('order.created'),
    order: 'approved',
    again: redelivered('order.created'),
  },
  {
    process: 'product-service',
    name: 'in a compensation: before the commit of a release',
    at: beforeCommit(...repliesTo('place-order.reserve-stock.done', 'compensate')),
    order: 'declined',
    again: redelivered('product-service.release-stock'),
  },
  {
    process: 'saga-orchestrator',
    name: 'in a compensation: before the commit of its first step',
    at: beforeCommit('INSERT INTO outbox', 'product-service.release-stock'),
    order: 'declined',
    again: redelivered('place-order.charge-payment.refused'),
    isCore: true,
  },
  {
    process: 'order-service',
    name: 'in a compensation: before the commit of the rejection',
    at: beforeCommit('place-order.create-order.done'),
    order: 'declined',
    again: redelivered('order-service.end-order'),
  },
  {
    process: 'product-service',
    name: 'in a compensation: after the commit of a release, before the ack',
    at: beforeAck('product-service.release-stock'),
    order: 'declined',
    again: redelivered('product-service.release-stock'),
    isCore: true,
  },
  {
    process: 'payment-service',
    name: 'in a compensation: after the provider gave the money back, before the commit that knows of it',
    at: beforeCommit(...repliesTo('place-order.charge-payment.done', 'compensate')),
    order: 'cancelled while charged',
  },
  {
    process: 'saga-orchestrator',
    name: 'in a compensation: after the commit of an answer, before the ack',
    at: beforeAck('place-order.reserve-stock.done'),
    order: 'declined',
    again: redelivered('place-order.reserve-stock.done'),
  },
];
