import type { JsonSchema } from '../schema/json-schema.ts';

/** Query parameters of every list: a page, or the cursor that the former answer gave; spread into the list's own query schema. */
export const listParameters = {
  page: { type: 'integer', minimum: 1, maximum: 10_000 },
  limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  cursor: { type: 'string', minLength: 1, maxLength: 200 },
} as const;

/** The query of a list that has no other parameters. */
export const plainListQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: listParameters,
} as const satisfies JsonSchema;

/** The answer of a list whose items have the given schema; `page`, `total` and `pages` are null when it was read by cursor. */
export function listOf<const S extends object>(items: S) {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['items', 'page', 'limit', 'total', 'pages', 'next_cursor'],
    properties: {
      items: { type: 'array', items },
      page: { type: ['integer', 'null'] },
      limit: { type: 'integer' },
      total: { type: ['integer', 'null'] },
      pages: { type: ['integer', 'null'] },
      next_cursor: { type: ['string', 'null'] },
    },
  } as const;
}

export interface ListQuery {
  readonly page?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly page: number | null;
  readonly limit: number;
  readonly total: number | null;
  readonly pages: number | null;
  readonly next_cursor: string | null;
}
