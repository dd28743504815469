import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { DefinitionsAnswer } from '../contract/saga-stats.ts';
import type { Catalogue } from '../sagas/catalogue.ts';

type Definition = DefinitionsAnswer['items'][number];

/** All definitions that were ever registered, with how many sagas are on their way under each. */
export async function listDefinitions(db: Db, catalogue: Catalogue): Promise<DefinitionsAnswer> {
  const { rows } = await runSql<Omit<Definition, 'registered_at' | 'known'> & { registered_at: Date }>(
    db,
    `SELECT d.type, d.version, d.hash, d.graph, d.registered_at, coalesce(active.sagas, 0) AS in_flight
     FROM saga_definitions AS d
     LEFT JOIN (
       SELECT type, definition_version AS version, count(*) AS sagas FROM sagas WHERE ended_at IS NULL GROUP BY 1, 2
     ) AS active USING (type, version)
     ORDER BY d.type, d.version`,
  );
  const known = new Set(catalogue.sagas.map(({ hash }) => hash));
  const items = rows.map((row) => ({
    ...row,
    registered_at: row.registered_at.toISOString(),
    known: known.has(row.hash),
  }));
  return { items };
}
