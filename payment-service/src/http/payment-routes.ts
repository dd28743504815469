import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { accepted, ok } from '@sagacity/chassis/http/answers';
import { okOrNotModified } from '@sagacity/chassis/http/etag';
import { readIdempotencyKey } from '@sagacity/chassis/http/idempotency-key';
import { idempotencyKey, ifNoneMatch } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { toCents } from '@sagacity/chassis/money/cents';
import {
  paymentPath,
  paymentSchema,
  paymentsQuery,
  paymentsSchema,
  refundBody,
  refundSchema,
} from '../contract/http.ts';
import { revisionOf } from '../queries/payment-answer.ts';
import { listPaymentsOfOrder, readPayment } from '../queries/read-payments.ts';
import { readRefund } from '../queries/read-refund.ts';
import type { PaymentDeps } from '../use-cases/deps.ts';
import { requestRefund } from '../use-cases/request-refund.ts';

/** Payments for their owners and admins, and refunds by admins. */
export function paymentRoutes(deps: PaymentDeps & { readonly db: Db }): Route[] {
  return [
    route({
      method: 'get',
      path: '/payments',
      operationId: 'listPaymentsOfOrder',
      summary: "An order's payments: attempts, captures, refunds",
      access: 'user',
      query: paymentsQuery,
      answers: { 200: { description: 'The payments that the caller may see', schema: paymentsSchema } },
      handle: async ({ actor, query }) => ok({ items: await listPaymentsOfOrder(deps.db, actor, query.order_id) }),
    }),
    route({
      method: 'get',
      path: '/payments/:payment_id',
      operationId: 'getPayment',
      summary: 'A payment',
      access: 'user',
      params: paymentPath,
      headers: [ifNoneMatch],
      answers: { 200: { description: 'The payment', schema: paymentSchema }, 304: { description: 'Unchanged' } },
      problems: ['payment.not_found'],
      handle: async ({ actor, params, header }) => {
        const payment = await readPayment(deps.db, actor, params.payment_id);
        return okOrNotModified(payment, revisionOf(payment), header('if-none-match'));
      },
    }),
    route({
      method: 'post',
      path: '/payments/:payment_id/refunds',
      operationId: 'refundPayment',
      summary: 'Refund what was captured, or a part of it; needs an Idempotency-Key',
      access: 'admin',
      params: paymentPath,
      headers: [{ ...idempotencyKey, required: true }],
      body: refundBody,
      answers: { 202: { description: 'The refund, which the provider has still to accept', schema: refundSchema } },
      problems: [
        'payment.not_found',
        'payment.not_refundable',
        'payment.refund_exceeds_captured',
        'request.precondition_required',
        'idempotency.key_invalid',
        'idempotency.key_reused',
      ],
      handle: async ({ actor, params, body, header, traceparent }) => {
        const { refundId, replayed } = await requestRefund(deps, {
          paymentId: params.payment_id,
          amountCents: body.amount === undefined ? undefined : toCents(body.amount),
          reason: body.reason,
          requestedBy: actor.userId,
          key: readKey(header('idempotency-key')),
          traceparent,
        });
        return accepted(await readRefund(deps.db, refundId), replayed ? { 'idempotency-replayed': 'true' } : {});
      },
    }),
  ];
}

/** Money goes out, so the key is not optional: a second press of the button must be known as one. */
function readKey(header: string | undefined): string {
  const key = readIdempotencyKey(header);
  if (key === undefined) throw new DomainError('request.precondition_required', 'An Idempotency-Key is required.');
  return key;
}
