import type { Db } from '@sagacity/chassis/db/database';
import type { ImportAnswer } from '../contract/imports.ts';
import { getImport } from '../persistence/imports.ts';

/** How far an import is, and its bad lines; throws `import.not_found`. */
export async function readImport(db: Db, importId: number): Promise<ImportAnswer> {
  const row = await getImport(db, importId);
  return {
    id: row.id,
    state: row.state,
    format: row.format,
    bytes: row.bytes,
    processed: row.processed,
    created: row.created,
    updated: row.updated,
    unchanged: row.unchanged,
    failed: row.failed,
    error: row.error,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    faults: [...row.faults],
  };
}
