import { createHash } from 'node:crypto';
import type { Db, Trx } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { OrderAnswer } from '../contract/orders.ts';
import {
  findStoredAnswer,
  findStoredAnswerAgain,
  insertStoredAnswer,
  type KeyScope,
  type StoredAnswer,
  tryLockKey,
} from '../persistence/idempotency-keys.ts';

/** An Idempotency-Key with what it stands for (IETF draft-ietf-httpapi-idempotency-key-header). */
export interface IdempotencyKey extends KeyScope {
  readonly fingerprint: string;
}

export interface PlacedOrder {
  readonly order: OrderAnswer;
  /** True when the order had been placed before, by a request with the same key. */
  readonly replayed: boolean;
}

/** Claims the key inside the transaction that does the work, so that only committed work is ever remembered. */
export interface KeyClaim {
  begin(trx: Trx): Promise<void>;
  store(trx: Trx, order: OrderAnswer): Promise<void>;
}

class AlreadyPlaced extends Error {
  readonly stored: StoredAnswer;

  constructor(stored: StoredAnswer) {
    super('the order was placed before');
    this.stored = stored;
  }
}

/** The digest by which a second body for the same key is told from the first; the order of fields makes no difference. */
export function fingerprintOf(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body, withSortedFields)).digest('base64url');
}

function withSortedFields(_field: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Does the work once for a key: a repetition is answered with what was stored, `idempotency.key_reused` when its body differs,
 * `idempotency.in_flight` while the first is under way. Refusals and failures are not remembered: the key may be tried again.
 */
export async function onceForKey(
  db: Db,
  key: IdempotencyKey | undefined,
  prepare: () => Promise<(claim: KeyClaim | undefined) => Promise<OrderAnswer>>,
): Promise<PlacedOrder> {
  if (key === undefined) return { order: await (await prepare())(undefined), replayed: false };
  const before = await findStoredAnswer(db, key);
  if (before) return replay(before, key);
  const work = await prepare();
  try {
    return { order: await work(claimOf(key)), replayed: false };
  } catch (error) {
    if (error instanceof AlreadyPlaced) return replay(error.stored, key);
    throw error;
  }
}

function claimOf(key: IdempotencyKey): KeyClaim {
  return {
    begin: async (trx) => {
      if (!(await tryLockKey(trx, key))) {
        throw new DomainError('idempotency.in_flight', 'A request with this key is under way.', {
          retryAfterSeconds: 1,
        });
      }
      const stored = await findStoredAnswerAgain(trx, key);
      if (stored) throw new AlreadyPlaced(stored);
    },
    store: async (trx, order) => {
      const stored = { fingerprint: key.fingerprint, orderId: order.id, answer: order };
      // The primary key decides; the lock before only spares the loser the work.
      if (!(await insertStoredAnswer(trx, { ...key, stored }))) {
        throw new DomainError('idempotency.in_flight', 'A request with this key was faster.', { retryAfterSeconds: 1 });
      }
    },
  };
}

function replay(stored: StoredAnswer, key: IdempotencyKey): PlacedOrder {
  if (stored.fingerprint !== key.fingerprint) {
    throw new DomainError('idempotency.key_reused', 'This key was used for another order.');
  }
  return { order: stored.answer as OrderAnswer, replayed: true };
}
