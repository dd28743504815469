import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { DomainError } from '@sagacity/chassis/errors/domain-error';

export interface ImportRow {
  readonly id: number;
  readonly state: 'receiving' | 'accepted' | 'running' | 'completed' | 'failed';
  readonly format: 'csv' | 'jsonl';
  readonly actor: string;
  readonly request_id: string;
  readonly traceparent: string;
  readonly bytes: number;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly error: string | null;
  readonly attempts: number;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

export interface ImportCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
}

export interface FaultRow {
  readonly line: number;
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** So many bad lines of an import are kept. */
export const mostFaults = 500;
/** So long a worker may take for a batch before another one may take the import. */
const ownedSeconds = 60;
/** An upload that has brought nothing for so long belongs to a process that died. */
const silentMinutes = 10;

export async function insertImport(
  db: Db,
  fields: Pick<ImportRow, 'format' | 'actor' | 'request_id' | 'traceparent'>,
): Promise<ImportRow> {
  const [row] = await db('imports').insert(fields).returning<ImportRow[]>('*');
  return row as ImportRow;
}

/** Adds a piece of the file, in the order of seq. */
export async function insertChunk(db: Db, importId: number, seq: number, bytes: Buffer): Promise<void> {
  await runSql(
    db,
    `WITH chunk AS (INSERT INTO import_chunks (import_id, seq, bytes) VALUES (:importId, :seq, :bytes) RETURNING bytes)
     UPDATE imports SET bytes = imports.bytes + (SELECT octet_length(bytes) FROM chunk), updated_at = now() WHERE id = :importId`,
    { importId, seq, bytes },
  );
}

export async function findChunk(db: Db, importId: number, seq: number): Promise<Buffer | undefined> {
  const row = await db('import_chunks').where({ import_id: importId, seq }).first<{ bytes: Buffer }>('bytes');
  return row?.bytes;
}

/** The whole file is there: workers may take it. */
export async function acceptImport(db: Db, importId: number): Promise<ImportRow> {
  const [row] = await db('imports')
    .where({ id: importId, state: 'receiving' })
    .update({ state: 'accepted', updated_at: db.fn.now() })
    .returning<ImportRow[]>('*');
  return row as ImportRow;
}

/** Takes the oldest import that nobody works at, for this worker alone as long as it goes on; fails uploads that ended unheard. */
export async function claimImport(db: Db, owner: string): Promise<ImportRow | undefined> {
  await runSql(
    db,
    `WITH dead AS (UPDATE imports SET state = 'failed', error = 'the upload broke off', finished_at = now(), updated_at = now()
       WHERE state = 'receiving' AND updated_at < now() - make_interval(mins => ${silentMinutes}) RETURNING id)
     DELETE FROM import_chunks USING dead WHERE import_id = dead.id`,
  );
  const { rows } = await runSql<ImportRow>(
    db,
    `UPDATE imports SET state = 'running', owner = :owner, owned_until = now() + make_interval(secs => ${ownedSeconds}),
       attempts = attempts + 1, updated_at = now()
     WHERE id = (SELECT id FROM imports WHERE state IN ('accepted', 'running') AND (owned_until IS NULL OR owned_until < now())
                 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING *`,
    { owner },
  );
  return rows[0];
}

/** Adds what a batch did; throws when another worker has the import now, so that the batch is rolled back. */
export async function addProgress(
  trx: Trx,
  at: { importId: number; owner: string; processed: number },
  { created, updated, unchanged, failed }: ImportCounts,
): Promise<void> {
  const lines = created + updated + unchanged + failed;
  const { rowCount } = await runSql(
    trx,
    `UPDATE imports SET processed = processed + :lines, created = created + :created, updated = updated + :updated,
       unchanged = unchanged + :unchanged, failed = failed + :failed, attempts = 0, updated_at = now(),
       owned_until = now() + make_interval(secs => ${ownedSeconds})
     WHERE id = :importId AND owner = :owner AND processed = :processed AND state = 'running'`,
    { ...at, lines, created, updated, unchanged, failed },
  );
  if (rowCount === 0) throw new Error('another worker has the import');
}

export async function insertFaults(trx: Trx, importId: number, faults: readonly FaultRow[]): Promise<void> {
  const { rows } = await runSql<{ kept: number }>(
    trx,
    'SELECT count(*)::int AS kept FROM import_faults WHERE import_id = ?',
    [importId],
  );
  const room = faults.slice(0, Math.max(0, mostFaults - (rows[0]?.kept ?? 0)));
  if (room.length > 0) await trx('import_faults').insert(room.map((fault) => ({ import_id: importId, ...fault })));
}

/** Marks SKUs as seen in the file; returns those that were not before. */
export async function claimSkus(trx: Trx, importId: number, skus: readonly string[]): Promise<Set<string>> {
  const { rows } = await runSql<{ sku: string }>(
    trx,
    `INSERT INTO import_skus (import_id, sku) SELECT :importId, sku FROM unnest(:skus::text[]) AS sku
     ON CONFLICT DO NOTHING RETURNING sku`,
    { importId, skus: [...skus] },
  );
  return new Set(rows.map(({ sku }) => sku));
}

/** Ends an import and drops its file. */
export async function finishImport(trx: Trx, importId: number, error: string | null): Promise<void> {
  await trx('imports')
    .where({ id: importId })
    .update({
      state: error === null ? 'completed' : 'failed',
      error: error?.slice(0, 1_000) ?? null,
      owner: null,
      finished_at: trx.fn.now(),
      updated_at: trx.fn.now(),
    });
  await trx('import_chunks').where({ import_id: importId }).delete();
  await trx('import_skus').where({ import_id: importId }).delete();
}

/** Lets others take an import that this worker does not go on with, after the delay. */
export async function releaseImport(db: Db, importId: number, owner: string, afterSeconds: number): Promise<void> {
  await db('imports')
    .where({ id: importId, owner, state: 'running' })
    .update({ owned_until: db.raw('now() + make_interval(secs => ?)', [afterSeconds]) });
}

/** The import with the bad lines that were kept; throws `import.not_found`. */
export async function getImport(
  db: Db,
  importId: number,
): Promise<ImportRow & { readonly faults: readonly FaultRow[] }> {
  const row = await db('imports').where({ id: importId }).first<ImportRow | undefined>();
  if (!row) throw new DomainError('import.not_found', 'There is no such import.');
  const faults = await db('import_faults')
    .where({ import_id: importId })
    .orderBy('id')
    .select<FaultRow[]>('line', 'field', 'code', 'detail');
  return { ...row, faults };
}
