import type { Readable } from 'node:stream';
import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { ImportFormat } from '../contract/imports.ts';
import { acceptImport, finishImport, type ImportRow, insertChunk, insertImport } from '../persistence/imports.ts';
import type { Cause } from './product-events.ts';

export interface ReceiveImportInput extends Cause {
  readonly format: ImportFormat;
  readonly actor: string;
  readonly file: Readable;
}

const chunkBytes = 256 * 1024;
export const mostImportBytes = 128 * 1024 * 1024;

/**
 * Takes in a file piece by piece, never more of it in memory than one, and hands it to the workers once it is whole.
 * A file that breaks off, is empty or too large changes nothing.
 */
export async function receiveImport(db: Db, input: ReceiveImportInput): Promise<ImportRow> {
  const { format, actor, requestId, traceparent, file } = input;
  const { id } = await insertImport(db, { format, actor, request_id: requestId, traceparent });
  try {
    await store(db, id, file);
  } catch (error) {
    const reason = error instanceof DomainError ? error.message : 'the upload broke off';
    await inTransaction(db, (trx) => finishImport(trx, id, reason));
    throw error;
  }
  return acceptImport(db, id);
}

async function store(db: Db, importId: number, file: Readable): Promise<void> {
  let seq = 0;
  let total = 0;
  let pieces: Buffer[] = [];
  let bytes = 0;
  const flush = async () => {
    if (bytes > 0) await insertChunk(db, importId, seq, Buffer.concat(pieces));
    seq += 1;
    pieces = [];
    bytes = 0;
  };
  for await (const piece of file as AsyncIterable<Buffer>) {
    total += piece.length;
    if (total > mostImportBytes) throw new DomainError('request.too_large', 'The file is larger than 128 MB.');
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= chunkBytes) await flush();
  }
  if (total === 0) throw new DomainError('request.malformed', 'The file is empty.');
  await flush();
}
