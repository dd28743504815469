import { untilSettled } from '../e2e/shop.ts';
import type { PlacedOrder } from '../faults/load.ts';

const settleDeadlineMs = 180_000;

/** Waits until every order has ended, and counts the ends. */
export async function endsOf(placed: readonly PlacedOrder[]): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const { customer, id } of placed) {
    const { status } = await untilSettled(customer, id, settleDeadlineMs);
    ends[status] = (ends[status] ?? 0) + 1;
  }
  return ends;
}
