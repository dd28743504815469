import { type Batches, takeWhatArrived } from '@sagacity/chassis/batches/take-what-arrived';
import type { Db } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { Operation } from '../../domain/payment.ts';
import type { ProviderRequest } from '../provider.ts';
import { type Booked, type BookedRequest, bookRequest, referenceOf, requestColumns } from './books.ts';
import { isSandboxToken, sandboxStep } from './script.ts';

export type Book = (operation: Operation, request: ProviderRequest) => Promise<Booked>;

/**
 * Books requests, what has arrived in one statement: those that are sent for the first time and simply succeed, which is nearly all.
 * What such a statement leaves out (a key that was used, a charge that does not allow it) is booked by itself.
 */
export function createBooking(db: Db): Book {
  const plain: Partial<Record<Operation, Batches<ProviderRequest, BookedRequest | undefined>>> = {
    authorise: takeWhatArrived((requests) => insertPlain(db, authorise, requests)),
    capture: takeWhatArrived((requests) => insertPlain(db, capture, requests)),
  };
  return async (operation, request) => {
    const answer = plainAnswer(operation, request.token);
    const booked = answer === undefined ? undefined : await plain[operation]?.submit(request);
    if (answer === undefined || !booked) return bookRequest(db, operation, request);
    return { request: booked, movedNow: true, answer };
  };
}

/** How the first send of a request is answered where it just moves the money; undefined where more than that happens. */
function plainAnswer(operation: Operation, token: string): Booked['answer'] | undefined {
  if (!isSandboxToken(token)) return undefined;
  const step = sandboxStep(token, { operation, sends: 1, queries: 0, refusals: 0 });
  return step.effect === 'move' ? step.answer : undefined;
}

const asked = `asked AS (SELECT DISTINCT ON (key) * FROM json_to_recordset(?::json) AS r (key text, "orderId" integer, token text, reference text,
  "amountCents" bigint, currency text) ${plannedAsFew})`;

const booked = (operation: string, from: string) => `request AS (
  INSERT INTO sandbox.requests (idempotency_key, operation, reference, token, amount_cents, currency, outcome, settled_at)
  SELECT key, '${operation}', reference, token, "amountCents", currency, 'moved', clock_timestamp() FROM ${from}
  ${operation === 'authorise' ? 'ON CONFLICT DO NOTHING' : ''} RETURNING ${requestColumns})`;

const authorise = `WITH ${asked}, ${booked('authorise', 'asked')}, charge AS (
    INSERT INTO sandbox.charges (reference, order_id, token, amount_cents, currency)
    SELECT asked.reference, "orderId", asked.token, asked."amountCents", asked.currency FROM asked JOIN request USING (key)
  ) SELECT * FROM request`;

const capture = `WITH ${asked}, charge AS (
    UPDATE sandbox.charges AS c SET captured_cents = asked."amountCents" FROM asked
    WHERE c.reference = asked.reference AND c.currency = asked.currency AND NOT c.voided AND c.captured_cents = 0
      AND c.amount_cents >= asked."amountCents"
      AND NOT EXISTS (SELECT FROM sandbox.requests WHERE idempotency_key = asked.key)
    RETURNING asked.*
  ), ${booked('capture', 'charge')} SELECT * FROM request`;

/** The booked request of each, or undefined where it was left out; one statement, so all of them or none. */
async function insertPlain(
  db: Db,
  statement: string,
  requests: readonly ProviderRequest[],
): Promise<readonly (BookedRequest | undefined)[]> {
  const rows = requests.map((request) => ({ ...request, reference: request.reference ?? referenceOf(request.key) }));
  const inserted = await runSql<BookedRequest>(db, statement, [JSON.stringify(rows)]);
  const byKey = new Map(inserted.rows.map((row) => [row.key, row]));
  return requests.map(({ key }) => {
    const row = byKey.get(key);
    // The same key twice in a batch: the second one is a repetition.
    byKey.delete(key);
    return row;
  });
}
