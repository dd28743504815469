import { sqlState } from '@sagacity/chassis/db/sql-state';
import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** Where a list goes on: the sort it belongs to, and the sort value and id of the last product that was shown. */
export interface ProductCursor {
  readonly sort: string;
  readonly value: string;
  readonly id: number;
  /** Among which products a search ranks: its further pages rank the same ones as the first. */
  readonly reach?: Reach | undefined;
}

/** The ids from `downTo` up to `upTo`. */
export interface Reach {
  readonly upTo: number;
  readonly downTo: number;
}

/** The class of SQLSTATEs that say that a value is not of its type. */
const dataException = '22';

export function writeCursor({ sort, value, id, reach }: ProductCursor): string {
  const parts = [sort, value, id, ...(reach ? [reach.upTo, reach.downTo] : [])];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `request.invalid` for a cursor that no answer of a list with this sort gave. */
export function readCursor(text: string, sort: string): ProductCursor {
  const parts = parse(text);
  if (Array.isArray(parts) && (parts.length === 3 || parts.length === 5)) {
    const [cursorSort, value, ...ids] = parts;
    const [id, upTo, downTo] = ids;
    if (cursorSort === sort && typeof value === 'string' && ids.every(Number.isSafeInteger)) {
      return { sort, value, id, reach: ids.length === 3 ? { upTo, downTo } : undefined };
    }
  }
  throw notGiven();
}

/** Awaits a query that goes on from a cursor; throws `request.invalid` when PostgreSQL cannot read the value in it as what is sorted by. */
export async function refusingForged<T>(cursor: string | undefined, reading: PromiseLike<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (cursor !== undefined && sqlState(error).startsWith(dataException)) throw notGiven();
    throw error;
  }
}

function notGiven(): DomainError {
  return new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer: '/query/cursor', code: 'cursor', detail: 'was not given by this list with this sort' }],
  });
}

/** The sort that a cursor belongs to, or an empty text for what is no cursor. */
export function sortOfCursor(text: string | undefined): string {
  const parts = text === undefined ? undefined : parse(text);
  return Array.isArray(parts) ? String(parts[0]) : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
