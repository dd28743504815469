import { type CheckResult, checkEach } from '../check.ts';
import type { Facts, OrderFact, SagaFact } from '../facts.ts';
import { byOrder, isActive } from '../settled-orders.ts';

/** An order's first event is there long before. */
const longestWithoutSagaSeconds = 60;

/** Each order and its sagas tell the same end. */
export function agreementChecks(facts: Facts): CheckResult[] {
  const sagas = byOrder(facts.sagas);
  const orders = new Set(facts.orders.map(({ id }) => id));
  return [
    checkEach<OrderFact>(
      { name: 'sagas.agree', claim: 'an order and its sagas tell the same end', subject: ({ id }) => `order ${id}` },
      facts.orders,
      (order) => disagreement(order, sagas.get(order.id) ?? []),
    ),
    checkEach<OrderFact>(
      {
        name: 'sagas.begun',
        claim: 'every order has its saga, a minute after it was placed at the latest',
        subject: ({ id }) => `order ${id}`,
      },
      facts.orders,
      ({ id, status, ageSeconds }) =>
        sagas.has(id) || ageSeconds <= longestWithoutSagaSeconds
          ? undefined
          : `it is ${status} since ${ageSeconds} s, and no saga was begun for it`,
    ),
    checkEach<SagaFact>(
      { name: 'sagas.orders', claim: 'every saga is for an order that exists', subject: ({ id }) => `saga ${id}` },
      facts.sagas,
      ({ orderId }) => (orders.has(orderId) ? undefined : `there is no order ${orderId}`),
    ),
  ];
}

function disagreement(order: OrderFact, sagas: readonly SagaFact[]): string | undefined {
  const placing = sagas.find(({ type }) => type === 'place-order' || type === 'place-free-order');
  const cancelling = sagas.find(({ type }) => type === 'cancel-order');
  // Its first event may still be on its way; that it stays there is for the next check to tell.
  if (!placing || sagas.some(isActive)) return undefined;
  switch (order.status) {
    case 'confirmed':
    case 'processing':
    case 'shipped':
    case 'delivered':
      return placing.phase === 'completed' && !cancelling ? undefined : told(order, sagas);
    case 'rejected':
      return placing.phase === 'compensated' ? undefined : told(order, sagas);
    case 'cancelled':
      return placing.phase === 'compensated' || cancelling?.phase === 'completed' ? undefined : told(order, sagas);
    case 'pending':
      return told(order, sagas);
    case 'cancelling':
      // Asked for after the saga was read.
      return cancelling || placing.phase === 'compensated' ? told(order, sagas) : undefined;
    default:
      return `unknown status ${order.status}`;
  }
}

function told(order: OrderFact, sagas: readonly SagaFact[]): string {
  return `it is ${order.status}, but ${sagas.map(({ type, phase }) => `${type} is ${phase}`).join(' and ')}`;
}
