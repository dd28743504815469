import { setTimeout as delay } from 'node:timers/promises';
import type { Db, Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import type { Scenario } from '../scenario.ts';

export interface Writers {
  /** Versions that the aggregates have reached, by their ids: one message is committed for each. */
  versions(): Promise<Map<string, number>>;
  counts(): { readonly committed: number; readonly rolledBack: number; readonly late: number; readonly failed: number };
  /** Resolves when the last transaction has ended. */
  stop(): Promise<void>;
}

interface WritersOptions {
  readonly key: string;
  /** Longest time between the outbox row and its commit. */
  readonly latestMs: number;
}

const [writers, aggregates, mostMs] = [6, 40, 25];
const [lateShare, rollbackShare] = [0.05, 0.05];

class RolledBack extends Error {}

/**
 * Writes into the outbox without end: each transaction locks one to three aggregates, raises their versions and appends a message for
 * each. Some commit late, so that lower ids appear after higher ones were published; some roll back.
 */
export function startWriters(db: Db, scenario: Scenario, { key, latestMs }: WritersOptions): Writers {
  const counts = { committed: 0, rolledBack: 0, late: 0, failed: 0 };
  let isStopping = false;
  const write = async () => {
    while (!isStopping) {
      const isLate = scenario.random() < lateShare;
      const isRolledBack = scenario.random() < rollbackShare;
      const ids = [...new Set(Array.from({ length: 1 + scenario.pick(3) }, () => scenario.pick(aggregates)))].sort();
      const openMs = scenario.pick(isLate ? latestMs : mostMs);
      try {
        await inTransaction(db, (trx) => change(trx, { ids, key, openMs, isRolledBack }), { attempts: 1 });
        counts.committed += 1;
        counts.late += isLate ? 1 : 0;
      } catch (error) {
        if (error instanceof RolledBack) counts.rolledBack += 1;
        else await failed();
      }
    }
  };
  // PostgreSQL is away: what became of the commit, the versions tell in the end.
  const failed = async () => {
    counts.failed += 1;
    await delay(100);
  };
  const writing = Array.from({ length: writers }, write);
  return {
    counts: () => counts,
    versions: async () => {
      const rows = await db('chaos_aggregates').select('id', 'version').where('version', '>', 0);
      return new Map(rows.map(({ id, version }) => [String(id), Number(version)]));
    },
    stop: async () => {
      isStopping = true;
      await Promise.all(writing);
    },
  };
}

export async function createAggregates(db: Db): Promise<void> {
  await db.raw('CREATE TABLE chaos_aggregates (id int PRIMARY KEY, version bigint NOT NULL)');
  await db.raw('INSERT INTO chaos_aggregates SELECT n, 0 FROM generate_series(0, ?::int) AS n', [aggregates - 1]);
}

export async function dropAggregates(db: Db): Promise<void> {
  await db.raw('DROP TABLE IF EXISTS chaos_aggregates');
}

async function change(
  trx: Trx,
  change: {
    readonly ids: readonly number[];
    readonly key: string;
    readonly openMs: number;
    readonly isRolledBack: boolean;
  },
): Promise<void> {
  for (const id of change.ids) {
    const update = 'UPDATE chaos_aggregates SET version = version + 1 WHERE id = ? RETURNING version';
    const { rows } = await trx.raw(update, [id]);
    // Not by the chassis, which appends right before the commit: here the row is to wait for it.
    await trx.raw(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       VALUES (?, ?, 'chaos', ?, ?, '{}')`,
      [uuid7(), change.key, String(id), rows[0].version],
    );
  }
  await delay(change.openMs);
  if (change.isRolledBack) throw new RolledBack();
}
