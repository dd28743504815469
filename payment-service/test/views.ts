import type { Db, Trx } from '@sagacity/chassis/db/database';

interface Attempt {
  readonly operation: string;
  readonly state: string;
  readonly calls: number;
  readonly provider_key: string;
  readonly error_code: string | null;
}

interface Reply {
  readonly type: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly result: Record<string, unknown> | null;
  readonly in_reply_to: string;
  readonly saga: { readonly step: string; readonly direction: string; readonly attempt: number };
}

export interface View {
  readonly payments: readonly {
    readonly id: number;
    readonly state: string;
    readonly captured_cents: number;
    readonly refunded_cents: number;
    readonly version: number;
    readonly provider_reference: string | null;
  }[];
  readonly attempts: readonly Attempt[];
  /** `<operation> <state>` of each attempt. */
  readonly attempted: readonly string[];
  readonly refunds: readonly { readonly state: string; readonly amount_cents: number }[];
  /** Answers to commands, the oldest first. */
  readonly replies: readonly Reply[];
  /** What sagas were told of commands that still wait for their answer. */
  readonly troubles: readonly Reply[];
  /** Types of the events, the oldest first. */
  readonly events: readonly string[];
  readonly eventBodies: readonly {
    readonly type: string;
    readonly aggregate: { readonly version: number };
    readonly data: Record<string, unknown>;
  }[];
}

export interface BooksView {
  /** What is at the provider now, in cents. */
  readonly held: number;
  readonly captured: number;
  readonly refunded: number;
  readonly charges: number;
  /** `<operation> <outcome>` of each request, the oldest first. */
  readonly requests: readonly string[];
  readonly sends: number;
}

/** Read in one snapshot, so that a row and the event of its change are seen both or neither. */
export function readView(db: Db, orderId: number): Promise<View> {
  return db.transaction((trx) => viewIn(trx, orderId), { isolationLevel: 'repeatable read' });
}

async function viewIn(db: Trx, orderId: number): Promise<View> {
  const payments = await db('payments').where({ order_id: orderId }).orderBy('id');
  const ids = payments.map(({ id }) => id);
  const attempts: Attempt[] = await db('payment_attempts').whereIn('payment_id', ids).orderBy('id');
  const refunds = await db('refunds').whereIn('payment_id', ids).orderBy('id');
  const rows: { exchange: string; payload: string }[] = await db('outbox')
    .whereRaw(`headers::jsonb ->> 'correlation_id' = ?`, [`order-${orderId}`])
    .orderBy('id');
  const bodies = (exchange: string) =>
    rows.filter((row) => row.exchange === exchange).map(({ payload }) => JSON.parse(payload));
  const eventBodies = bodies('shop.events');
  const replies: Reply[] = bodies('shop.replies');
  return {
    payments,
    attempts,
    attempted: attempts.map(({ operation, state }) => `${operation} ${state}`),
    refunds,
    replies: replies.filter(({ outcome }) => outcome !== 'transient'),
    troubles: replies.filter(({ outcome }) => outcome === 'transient'),
    events: eventBodies.map(({ type }) => type),
    eventBodies,
  };
}

export async function readBooks(db: Db, orderId: number): Promise<BooksView> {
  const charges: {
    reference: string;
    amount_cents: number;
    captured_cents: number;
    refunded_cents: number;
    voided: boolean;
  }[] = await db.withSchema('sandbox').from('charges').where({ order_id: orderId });
  const requests: { operation: string; outcome: string | null; sends: number }[] = await db
    .withSchema('sandbox')
    .from('requests')
    .whereRaw('idempotency_key LIKE ? OR reference = ANY(?)', [
      `%-${String(orderId).padStart(12, '0')}:%`,
      charges.map(({ reference }) => reference),
    ])
    .orderBy('first_called_at');
  const sum = (read: (charge: (typeof charges)[number]) => number) =>
    charges.reduce((total, charge) => total + read(charge), 0);
  return {
    held: sum(({ voided, captured_cents, amount_cents }) => (voided || captured_cents > 0 ? 0 : amount_cents)),
    captured: sum(({ captured_cents }) => captured_cents),
    refunded: sum(({ refunded_cents }) => refunded_cents),
    charges: charges.length,
    requests: requests.map(({ operation, outcome }) => `${operation} ${outcome}`),
    sends: requests.reduce((total, { sends }) => total + sends, 0),
  };
}
