import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { classifyFault } from '@sagacity/chassis/messaging/faults';
import { claimDueSaga, claimDueSagas, postponeSaga } from '../persistence/timers.ts';
import type { SagaSessions } from './saga-session.ts';

interface FireDeps {
  readonly db: Db;
  readonly sessions: SagaSessions;
  readonly logger: Logger;
}

const postponeMs = 30_000;

/**
 * Lets sagas go on whose wake-up has come, at most so many in one transaction; resolves with their number. When that fails they are
 * taken one by one, and one that cannot go on is put off: it must not hold up the others.
 */
export async function fireTimers(deps: FireDeps, limit: number): Promise<number> {
  let due: readonly string[] = [];
  try {
    await inTransaction(deps.db, async (trx) => {
      due = await claimDueSagas(trx, limit);
      if (due.length === 0) return;
      const session = deps.sessions.of(trx);
      await session.load(due);
      for (const id of due) session.give(id, { kind: 'timer' }, {});
    });
  } catch (error) {
    if (due.length === 0 || classifyFault(error) === 'transient') throw error;
    for (const id of due) await fireTimer(deps, id);
  }
  return due.length;
}

async function fireTimer(deps: FireDeps, id: string): Promise<void> {
  try {
    await inTransaction(deps.db, async (trx) => {
      if (!(await claimDueSaga(trx, id))) return;
      const session = deps.sessions.of(trx);
      await session.load([id]);
      session.give(id, { kind: 'timer' }, {});
    });
  } catch (error) {
    if (classifyFault(error) === 'transient') throw error;
    deps.logger.error('saga cannot go on, its timer is put off', { saga_id: id, postpone_ms: postponeMs, error });
    await postponeSaga(deps.db, id, postponeMs);
  }
}
