import { allEnded } from '../src/db/all-ended.ts';
import type { Db, Trx } from '../src/db/database.ts';
import { inTransaction } from '../src/db/transaction.ts';

/** Runs works in one transaction as the handlers of a batch run; tells what each gave, and how many statements that took. */
export async function sideBySide<T>(
  db: Db,
  works: readonly ((trx: Trx) => Promise<T>)[],
): Promise<{ readonly results: readonly T[]; readonly statements: number }> {
  let statements = 0;
  const count = () => {
    statements += 1;
  };
  db.on('query', count);
  try {
    const results = await inTransaction(db, (trx) => allEnded(works.map((work) => work(trx))));
    return { results: results as readonly T[], statements };
  } finally {
    db.off('query', count);
  }
}
