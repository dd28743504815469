import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** Where a list goes on: the sort it belongs to, and the sort value and id of the last product that was shown. */
export interface ProductCursor {
  readonly sort: string;
  readonly value: string;
  readonly id: number;
}

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
  throw new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer: '/query/cursor', code: 'cursor', detail: 'was not given by this list with this sort' }],
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
