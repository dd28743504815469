import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler, independently } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { orderCancelled, orderUpdated } from '@sagacity/order-service/contract/events';
import { paymentRefunded } from '@sagacity/payment-service/contract/events';
import { userCreated, userErased, userUpdated } from '@sagacity/user-service/contract/events';
import { forgetUser, knowUser, welcomeUser } from '../use-cases/know-user.ts';
import { mailOrder, mailRefund } from '../use-cases/mail-order.ts';

/** Mails hang on what has been decided: never on `order.created`, which may still be undone. */
export const mailerHandlers: HandlerTable = {
  'user.created': handler(userCreated, (trx, { body }) =>
    welcomeUser(trx, body.event_id, body.data, body.aggregate.version),
  ),
  'user.updated': handler(userUpdated, (trx, { body }) => knowUser(trx, body.data, body.aggregate.version)),
  'user.erased': handler(userErased, (trx, { body }) => forgetUser(trx, body.data.user_id, body.aggregate.version)),
  ...independently({
    'order.updated': handler(orderUpdated, (trx, { body }) => mailOrder(trx, body.event_id, body.data)),
    'order.cancelled': handler(orderCancelled, (trx, { body }) => mailOrder(trx, body.event_id, body.data)),
    'payment.refunded': handler(paymentRefunded, (trx, { body }) => mailRefund(trx, body.event_id, body.data)),
  }),
};

export const mailerQueue: QueueSpec = {
  name: 'notification-service.mailer',
  bindings: [{ exchange: exchanges.events, keys: Object.keys(mailerHandlers) }],
};
