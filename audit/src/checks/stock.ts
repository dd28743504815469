import { type CheckResult, checkEach } from '../check.ts';
import type { Facts, ReservationFact } from '../facts.ts';
import { byOrder, type SettledOrder, settledOrders } from '../settled-orders.ts';

/** Stock is conserved, and each settled order has the stock that its status says. */
export function stockChecks(facts: Facts): CheckResult[] {
  return [conserved(facts), agrees(facts)];
}

function conserved({ stockFaults, products }: Facts): CheckResult {
  return {
    name: 'stock.conserved',
    claim: 'on hand and reserved are the sums of all movements, and reserved is what orders hold',
    checked: products,
    breaches: stockFaults.map((fault) => ({
      subject: `product ${fault.productId}`,
      detail:
        `on hand ${fault.onHand}, reserved ${fault.reserved}; movements say ${fault.ledgerOnHand} and ${fault.ledgerReserved}, ` +
        `orders hold ${fault.held}`,
    })),
  };
}

function agrees(facts: Facts): CheckResult {
  const reservations = byOrder(facts.reservations);
  return checkEach<SettledOrder>(
    {
      name: 'stock.orders',
      claim: 'a confirmed order has taken exactly its items, an order that was undone holds nothing',
      subject: ({ order }) => `order ${order.id}`,
    },
    settledOrders(facts),
    ({ order, end }) => faultOf(order.wanted, end, reservations.get(order.id) ?? []),
  );
}

function faultOf(
  wanted: Readonly<Record<string, number>>,
  end: SettledOrder['end'],
  reservations: readonly ReservationFact[],
): string | undefined {
  const held = reservations.filter(({ state }) => state === 'reserved' || state === 'committed');
  if (end === 'undone') {
    return held.length === 0 ? undefined : `it was undone and still has ${held.map(inWords).join(', ')}`;
  }
  const taken = Object.fromEntries(
    held.filter(({ state }) => state === 'committed').map(({ productId, quantity }) => [productId, quantity]),
  );
  const products = new Set([...Object.keys(wanted), ...Object.keys(taken)]);
  const wrong = [...products].filter((product) => wanted[product] !== taken[product]);
  if (wrong.length === 0) return undefined;
  return wrong
    .map((product) => `product ${product}: ordered ${wanted[product] ?? 0}, taken ${taken[product] ?? 0}`)
    .join('; ');
}

function inWords({ productId, quantity, state }: ReservationFact): string {
  return `${quantity} of product ${productId} ${state}`;
}
