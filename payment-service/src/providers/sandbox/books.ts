import { createHash } from 'node:crypto';
import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { Operation } from '../../domain/payment.ts';
import type { ProviderRequest } from '../provider.ts';
import { isSandboxToken, type SandboxStep, type SandboxToken, sandboxStep } from './script.ts';

/** A request as the sandbox keeps it: what was asked under a key, and what really happened. */
export interface BookedRequest {
  readonly key: string;
  readonly operation: Operation;
  readonly reference: string;
  readonly token: SandboxToken;
  readonly amountCents: number;
  readonly currency: string;
  readonly sends: number;
  readonly queries: number;
  readonly outcome: 'moved' | 'refused' | null;
  readonly code: string | null;
}

/** What came of sending a request: the booked request, whether it moved money just now, and how to answer. */
export interface Booked {
  readonly request: BookedRequest;
  readonly movedNow: boolean;
  readonly answer: SandboxStep['answer'];
}

/** The columns of a request under the names of its type. */
export const requestColumns = `idempotency_key AS key, operation, reference, token, amount_cents AS "amountCents", currency, sends, queries,
  outcome, code`;

/** Books a request in a transaction of the sandbox's own; under one key money moves once, however often and concurrently it is sent. */
export function bookRequest(db: Db, operation: Operation, request: ProviderRequest): Promise<Booked> {
  return inTransaction(db, async (trx) => {
    const booked = await countSend(trx, operation, request);
    if (!isSameRequest(booked, operation, request)) return refusedNow(booked, 'provider.key_reused');
    const refusals = returnsMoney(operation) ? await lockRefusals(trx, booked.reference) : 0;
    const { sends, queries } = booked;
    const step = sandboxStep(booked.token, { operation, sends, queries, refusals });
    if (booked.outcome !== null || step.effect === 'none')
      return { request: booked, movedNow: false, answer: step.answer };
    const code = step.effect === 'move' ? await move(trx, request.orderId, booked) : (step.code ?? 'payment.declined');
    await saveOutcome(trx, booked, code);
    const outcome = code === null ? 'moved' : 'refused';
    return { request: { ...booked, outcome, code }, movedNow: code === null, answer: step.answer };
  });
}

/** What stands in the books under a key, counting the query; waits for a request that is being booked. */
export async function queryRequest(db: Db, key: string): Promise<BookedRequest | undefined> {
  const { rows } = await runSql<BookedRequest>(
    db,
    `UPDATE sandbox.requests SET queries = queries + 1 WHERE idempotency_key = ? RETURNING ${requestColumns}`,
    [key],
  );
  return rows[0];
}

/** Counts the send of a request, keeping the key's row locked until it is booked. */
async function countSend(trx: Trx, operation: Operation, request: ProviderRequest): Promise<BookedRequest> {
  const { rows } = await runSql<BookedRequest>(
    trx,
    `INSERT INTO sandbox.requests AS r (idempotency_key, operation, reference, token, amount_cents, currency)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (idempotency_key) DO UPDATE SET sends = r.sends + 1
     RETURNING ${requestColumns}`,
    [
      request.key,
      operation,
      request.reference ?? referenceOf(request.key),
      request.token,
      request.amountCents,
      request.currency,
    ],
  );
  return rows[0] as BookedRequest;
}

/** Moves the money of a request; returns the code of the refusal when the charge does not allow it, or null. */
async function move(trx: Trx, orderId: number, request: BookedRequest): Promise<string | null> {
  const { operation, reference, amountCents, currency, token } = request;
  if (!isSandboxToken(token)) return 'payment.method_invalid';
  switch (operation) {
    case 'authorise':
      await runSql(
        trx,
        'INSERT INTO sandbox.charges (reference, order_id, token, amount_cents, currency) VALUES (?, ?, ?, ?, ?)',
        [reference, orderId, token, amountCents, currency],
      );
      return null;
    case 'capture':
      return changeCharge(
        trx,
        'captured_cents = ? WHERE reference = ? AND currency = ? AND NOT voided AND captured_cents = 0 AND amount_cents >= ?',
        [amountCents, reference, currency, amountCents],
      );
    case 'void':
      return changeCharge(trx, 'voided = true WHERE reference = ? AND NOT voided AND captured_cents = 0', [reference]);
    case 'refund':
      return changeCharge(
        trx,
        'refunded_cents = refunded_cents + ? WHERE reference = ? AND currency = ? AND captured_cents - refunded_cents >= ?',
        [amountCents, reference, currency, amountCents],
      );
  }
}

async function changeCharge(trx: Trx, change: string, bindings: readonly (string | number)[]): Promise<string | null> {
  const { rowCount } = await runSql(trx, `UPDATE sandbox.charges SET ${change}`, [...bindings]);
  return rowCount === 1 ? null : 'provider.not_possible';
}

async function saveOutcome(trx: Trx, request: BookedRequest, code: string | null): Promise<void> {
  await runSql(
    trx,
    'UPDATE sandbox.requests SET outcome = ?, code = ?, settled_at = clock_timestamp() WHERE idempotency_key = ?',
    [code === null ? 'moved' : 'refused', code, request.key],
  );
  if (code === 'payment.return_refused') {
    await runSql(trx, 'UPDATE sandbox.charges SET refusals = refusals + 1 WHERE reference = ?', [request.reference]);
  }
}

async function lockRefusals(trx: Trx, reference: string): Promise<number> {
  const { rows } = await runSql<{ refusals: number }>(
    trx,
    'SELECT refusals FROM sandbox.charges WHERE reference = ? FOR UPDATE',
    [reference],
  );
  return rows[0]?.refusals ?? 0;
}

function isSameRequest(booked: BookedRequest, operation: Operation, request: ProviderRequest): boolean {
  const reference = request.reference ?? referenceOf(request.key);
  return (
    booked.operation === operation &&
    booked.reference === reference &&
    booked.amountCents === request.amountCents &&
    booked.currency === request.currency
  );
}

function refusedNow(request: BookedRequest, code: string): Booked {
  return { request: { ...request, outcome: 'refused', code }, movedNow: false, answer: 'given' };
}

function returnsMoney(operation: Operation): boolean {
  return operation === 'void' || operation === 'refund';
}

/** The id of a charge follows from the key of its authorisation. */
export function referenceOf(key: string): string {
  return `ch_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
}
