import { setTimeout as delay } from 'node:timers/promises';
import type { CheckResult } from './check.ts';
import { runChecks } from './checks/all.ts';
import type { Facts } from './facts.ts';
import { type AuditDatabases, readFacts } from './read-facts.ts';

/** What the audit found; it repairs nothing. */
export interface AuditReport {
  readonly clean: boolean;
  readonly at: string;
  readonly durationMs: number;
  readonly totals: Totals;
  readonly checks: readonly CheckResult[];
}

/** Sums over everything, for people to recognise their shop by. */
export interface Totals {
  readonly orders: Readonly<Record<string, number>>;
  readonly activeSagas: number;
  readonly capturedCents: number;
  readonly refundedCents: number;
}

const secondLookMs = 500;

/**
 * Runs all checks. The databases cannot be read in one moment, so what looks like a breach is looked at once more a little later:
 * only what is wrong both times is reported.
 */
export async function runAudit(databases: AuditDatabases, now: () => Date = () => new Date()): Promise<AuditReport> {
  const startedAt = performance.now();
  const facts = await readFacts(databases);
  const first = runChecks(facts);
  const checks = first.some(({ breaches }) => breaches.length > 0)
    ? confirmed(first, await secondLook(databases))
    : first;
  return {
    clean: checks.every(({ breaches }) => breaches.length === 0),
    at: now().toISOString(),
    durationMs: Math.round(performance.now() - startedAt),
    totals: totalsOf(facts),
    checks,
  };
}

async function secondLook(databases: AuditDatabases): Promise<CheckResult[]> {
  await delay(secondLookMs);
  return runChecks(await readFacts(databases));
}

function confirmed(first: readonly CheckResult[], second: readonly CheckResult[]): CheckResult[] {
  const seen = new Map(first.map(({ name, breaches }) => [name, new Set(breaches.map(({ subject }) => subject))]));
  return second.map((check) => ({
    ...check,
    breaches: check.breaches.filter(({ subject }) => seen.get(check.name)?.has(subject)),
  }));
}

function totalsOf({ orders, payments, sagas }: Facts): Totals {
  const statuses: Record<string, number> = {};
  for (const { status } of orders) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    orders: statuses,
    activeSagas: sagas.filter(({ phase }) => phase !== 'completed' && phase !== 'compensated').length,
    capturedCents: payments.reduce((sum, payment) => sum + payment.capturedCents, 0),
    refundedCents: payments.reduce((sum, payment) => sum + payment.refundedCents, 0),
  };
}
