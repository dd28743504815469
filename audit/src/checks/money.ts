import { type CheckResult, checkEach } from '../check.ts';
import type { Facts, PaymentFact } from '../facts.ts';
import { byOrder, type SettledOrder, settledOrders } from '../settled-orders.ts';

const ended = new Set(['refunded', 'voided', 'failed', 'orphaned']);

/** Money was taken for confirmed orders only, their total and once. */
export function moneyChecks(facts: Facts): CheckResult[] {
  return [captured(facts), once(facts), known(facts)];
}

function captured(facts: Facts): CheckResult {
  const payments = byOrder(facts.payments);
  return checkEach<SettledOrder>(
    {
      name: 'money.captured',
      claim:
        'what was captured and not given back is the total of a confirmed order, less what admins refunded, and nothing for one that was undone',
      subject: ({ order }) => `order ${order.id}`,
    },
    settledOrders(facts),
    ({ order, end }) => {
      const own = payments.get(order.id) ?? [];
      const kept = own.reduce((sum, payment) => sum + payment.capturedCents - payment.refundedCents, 0);
      const granted = own.reduce((sum, { grantedCents }) => sum + grantedCents, 0);
      const due = end === 'sold' ? order.totalCents - granted : 0;
      if (kept !== due) return `it is ${order.status}: ${kept} cents were kept, ${due} are due`;
      const holding = own.find(({ state }) => state === 'authorized' || state === 'unknown' || state === 'created');
      return holding ? `payment ${holding.id} is still ${holding.state}` : undefined;
    },
  );
}

function once(facts: Facts): CheckResult {
  return checkEach<readonly [number, readonly PaymentFact[]]>(
    {
      name: 'money.once',
      claim: 'no order was charged twice',
      subject: ([orderId]) => `order ${orderId}`,
    },
    [...byOrder(facts.payments)],
    ([, payments]) => {
      const live = payments.filter(({ state, capturedCents }) => !ended.has(state) || capturedCents > 0);
      return live.length > 1 ? `payments ${live.map(({ id }) => id).join(', ')} were all charged` : undefined;
    },
  );
}

function known(facts: Facts): CheckResult {
  const orders = new Set(facts.orders.map(({ id }) => id));
  return checkEach<PaymentFact>(
    { name: 'money.orders', claim: 'every payment is for an order that exists', subject: ({ id }) => `payment ${id}` },
    facts.payments,
    ({ orderId }) => (orders.has(orderId) ? undefined : `there is no order ${orderId}`),
  );
}
