import { randomUUID } from 'node:crypto';
import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { CatalogueCache } from '../cache/catalogue-cache.ts';
import { claimImport, findChunk, finishImport, type ImportRow, releaseImport } from '../persistence/imports.ts';
import { importBatch } from '../use-cases/import-batch.ts';
import { type Line, readLines } from './read-lines.ts';

export interface ImportWorker extends Part {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
}

const batchLines = 500;
const mostAttempts = 5;
const retrySeconds = 5;

/**
 * Works off accepted imports, one at a time in each instance, a batch of lines per transaction.
 *
 * accepted → running → completed | failed. A worker owns an import for a minute from its last batch on. One that dies leaves it
 * running; whoever looks next takes it and goes on behind the last batch that was committed, since progress is committed with the
 * batch. An import that five workers in a row could not bring forward fails. Stop ends behind the batch under way.
 */
export function createImportWorker(options: {
  readonly db: Db;
  readonly cache: CatalogueCache;
  readonly logger: Logger;
  readonly pollMs?: number;
}): ImportWorker {
  const { db, cache, logger, pollMs = 5_000 } = options;
  const owner = randomUUID();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let wokenAgain = false;

  const workOff = async () => {
    for (let job = await claimImport(db, owner); job && !stopping.signal.aborted; job = await claimImport(db, owner)) {
      await work(job);
    }
  };
  const work = async (job: ImportRow) => {
    try {
      if (job.attempts > mostAttempts) throw new DomainError('import.gave_up', 'It was tried five times in vain.');
      const isWhole = await takeLines(job);
      if (isWhole) await inTransaction(db, (trx) => finishImport(trx, job.id, null));
      else await releaseImport(db, job.id, owner, 0);
    } catch (error) {
      if (error instanceof DomainError) await inTransaction(db, (trx) => finishImport(trx, job.id, error.message));
      else {
        logger.warn('import was interrupted, it goes on later', { import_id: job.id, error });
        await releaseImport(db, job.id, owner, retrySeconds);
      }
    }
  };
  /** Resolves true when the last line is processed, false when it was told to stop before. */
  const takeLines = async (job: ImportRow): Promise<boolean> => {
    let { processed } = job;
    let seen = 0;
    let batch: Line[] = [];
    const flush = async () => {
      const { created, updated } = await importBatch(db, { job, owner, processed, lines: batch });
      if (created + updated > 0) await cache.forget(['everything']);
      processed += batch.length;
      batch = [];
    };
    for await (const line of readLines(job.format, chunksOf(db, job.id))) {
      seen += 1;
      if (seen <= job.processed) continue;
      batch.push(line);
      if (batch.length < batchLines) continue;
      await flush();
      if (stopping.signal.aborted) return false;
    }
    if (batch.length > 0) await flush();
    return true;
  };
  const wake = () => {
    if (stopping.signal.aborted) return;
    if (working) {
      wokenAgain = true;
      return;
    }
    working = workOff()
      .catch((error: unknown) => logger.warn('imports cannot be looked for, it is tried again', { error }))
      .finally(() => {
        working = undefined;
        if (wokenAgain) {
          wokenAgain = false;
          wake();
        }
      });
  };
  return {
    name: 'import worker',
    wake,
    start: async () => {
      timer = setInterval(wake, pollMs);
      wake();
    },
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await working;
    },
  };
}

async function* chunksOf(db: Db, importId: number): AsyncGenerator<Buffer> {
  for (let seq = 0; ; seq += 1) {
    const bytes = await findChunk(db, importId, seq);
    if (!bytes) return;
    yield bytes;
  }
}
