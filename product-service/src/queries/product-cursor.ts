import { sqlState } from '@sagacity/chassis/db/sql-state';
import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** Where a list goes on: the sort it belongs to, and the sort value and id of the last product that was shown. */
export interface ProductCursor {
  readonly sort: string;
  readonly value: string;
  readonly id: number;
}

/** The class of SQLSTATEs that say that a value is not of its type. */
const dataException = '22';

export function writeCursor({ sort, value, id }: ProductCursor): string {
  return Buffer.from(JSON.stringify([sort, value, id])).toString('base64url');
}

/** Throws `request.invalid` for a cursor that no answer of a list with this sort gave. */
export function readCursor(text: string, sort: string): ProductCursor {
  const parts = parse(text);
  if (Array.isArray(parts) && parts.length === 3) {
    const [cursorSort, value, id] = parts;
    if (cursorSort === sort && typeof value === 'string' && Number.isSafeInteger(id)) return { sort, value, id };
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
