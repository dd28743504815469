import type { Trx } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { type CommandOutcome, done } from '@sagacity/chassis/participant/outcomes';
import { findReservationStates, settleReservations } from '../persistence/stock.ts';

/** Gives back what an order has reserved; nothing happens when it holds nothing. */
export async function releaseStock(trx: Trx, orderId: number): Promise<CommandOutcome> {
  return done({ released: await settleReservations(trx, { orderId, how: 'release' }) });
}

/** Takes what an order has reserved from the stock for good; throws `stock.nothing_reserved` when there is nothing it could have bought. */
export async function commitStock(trx: Trx, orderId: number): Promise<CommandOutcome> {
  const committed = await settleReservations(trx, { orderId, how: 'commit' });
  if (committed === 0) {
    const states = await findReservationStates(trx, orderId);
    if (!states.some((state) => state === 'committed' || state === 'returned')) {
      throw new DomainError('stock.nothing_reserved', `Order ${orderId} has nothing reserved.`);
    }
  }
  return done({ committed });
}

/** Puts what an order has bought back into the stock; what it had only reserved is released. */
export async function returnStock(trx: Trx, orderId: number): Promise<CommandOutcome> {
  const released = await settleReservations(trx, { orderId, how: 'release' });
  return done({ released, returned: await settleReservations(trx, { orderId, how: 'return' }) });
}
