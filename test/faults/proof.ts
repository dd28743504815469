import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import { reportLines } from '@sagacity/audit/print-report';
import type { AuditDatabases } from '@sagacity/audit/read-facts';
import { runAudit } from '@sagacity/audit/run-audit';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { setting } from '../e2e/shop.ts';
import type { PlacedOrder } from './load.ts';
import type { Scenario } from './scenario.ts';
import { untilClean } from './until-clean.ts';

/** Looks into all databases, as the audit does: with the right to read and nothing else. */
export interface Proof {
  readonly databases: AuditDatabases;
  /** Waits until every order has ended and nothing is under way; returns the orders' ends. Throws what the audit found otherwise. */
  untilEnded(placed: readonly PlacedOrder[], deadlineMs?: number): Promise<ReadonlyMap<number, OrderEnd>>;
  /** The same, and then: each order answered 201 is there, its customers have no other, all checks are clean. Tells the table. */
  prove(
    scenario: Scenario,
    placed: readonly PlacedOrder[],
    facts?: readonly Fact[],
  ): Promise<ReadonlyMap<number, OrderEnd>>;
  close(): Promise<void>;
}

export interface OrderEnd {
  readonly status: string;
  readonly reason: string | null;
}

export type Fact = readonly [what: string, value: string | number];

const legalEnds = new Set(['confirmed', 'rejected', 'cancelled']);
const lookEveryMs = 250;

export function openProof(): Proof {
  const databases = openDatabases(setting('AUDIT_DATABASE_URLS'));
  const untilEnded = async (placed: readonly PlacedOrder[], deadlineMs = 180_000) => {
    const started = performance.now();
    const ends = await untilOrdersEnded(databases, placed, deadlineMs);
    await untilClean(databases, Math.max(30_000, deadlineMs - (performance.now() - started)));
    return ends;
  };
  return {
    databases,
    untilEnded,
    prove: async (scenario, placed, facts = []) => {
      const ends = await untilEnded(placed, scenario.isFullSize ? 15 * 60_000 : 120_000);
      const report = await runAudit(databases);
      const counts = countEnds(ends);
      const missing = placed.filter(({ id }) => !ends.has(id));
      const others = await otherOrders(databases, placed);
      scenario.table([
        ['answered 201', placed.length],
        ...Object.entries(counts),
        ['missing', missing.length],
        ['made twice', others],
        ...facts,
        ['audit', report.clean ? `clean, ${report.checks.length} checks` : 'NOT CLEAN'],
      ]);
      scenario.report({ ends: counts, clean: report.clean });
      expect(report.clean, reportLines(report).join('\n')).to.equal(true);
      expect(
        [missing, others],
        'orders answered 201 that are missing, and orders that nobody was told of',
      ).to.deep.equal([[], 0]);
      for (const [id, { status }] of ends) expect(legalEnds.has(status), `order ${id} is ${status}`).to.equal(true);
      return ends;
    },
    close: () => closeDatabases(databases),
  };
}

/** How many orders ended in each way. */
export function countEnds(ends: ReadonlyMap<number, OrderEnd>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of ends.values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function untilOrdersEnded(databases: AuditDatabases, placed: readonly PlacedOrder[], deadlineMs: number) {
  let ends: ReadonlyMap<number, OrderEnd> = new Map();
  await waitFor(
    `${placed.length} orders have ended`,
    async () => {
      ends = await readOrders(databases, placed);
      return [...ends.values()].every(({ status }) => legalEnds.has(status));
    },
    deadlineMs,
    lookEveryMs,
  ).catch((error: unknown) => {
    const open = [...ends].filter(([, { status }]) => !legalEnds.has(status));
    const shown = open.slice(0, 10).map(([id, { status }]) => `${id} ${status}`);
    throw new Error(`${open.length} of ${ends.size} orders have not ended: ${shown.join(', ')}`, { cause: error });
  });
  return ends;
}

async function readOrders({ orders_db }: AuditDatabases, placed: readonly PlacedOrder[]) {
  const ids = placed.map(({ id }) => id);
  const rows: { id: number; status: string; status_reason: string | null }[] = await orders_db('orders')
    .whereRaw('id = ANY (?::bigint[])', [ids])
    .select('id', 'status', 'status_reason');
  return new Map(rows.map(({ id, status, status_reason: reason }) => [id, { status, reason }]));
}

/** Orders of the same customers that no answer told of: a retried post that made a second one. */
async function otherOrders({ orders_db }: AuditDatabases, placed: readonly PlacedOrder[]): Promise<number> {
  const users = [...new Set(placed.map(({ customer }) => customer.id))];
  const ids = placed.map(({ id }) => id);
  const rows: { id: number }[] = await orders_db('orders')
    .whereRaw('user_id = ANY (?::bigint[]) AND NOT id = ANY (?::bigint[])', [users, ids])
    .select('id');
  return rows.length;
}
