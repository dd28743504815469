import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { HttpClient } from '@sagacity/chassis/http-client/http-client';

/** An order's payments as the payment service answers them to the same caller; throws `service.unavailable` while it is away. */
export type FetchPayments = (
  orderId: number,
  caller: { readonly authorization: string; readonly requestId: string; readonly deadlineMs: number | undefined },
) => Promise<unknown>;

export function paymentsFrom(client: HttpClient): FetchPayments {
  return async (orderId, { authorization, requestId, deadlineMs }) => {
    const { status, body } = await client.send({
      method: 'GET',
      path: `/payments?order_id=${orderId}`,
      headers: { authorization, 'x-request-id': requestId },
      deadlineMs,
    });
    if (status !== 200) throw new DomainError('service.unavailable', 'The payments cannot be read right now.');
    return body;
  };
}
