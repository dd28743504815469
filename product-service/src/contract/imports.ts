import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { createProductBody } from './products.ts';

/** One line of an import. What is left out of a line stays as it is; `stock_quantity` is what is on hand, not what to add. */
export const importLine = {
  ...createProductBody,
  properties: {
    ...createProductBody.properties,
    /** The category by its name, instead of its id. */
    category: { type: 'string', minLength: 1, maxLength: 100 },
    is_active: { type: 'boolean' },
  },
} as const satisfies JsonSchema;

const count = { type: 'integer', minimum: 0 } as const;

export const importSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'state',
    'format',
    'bytes',
    'processed',
    'created',
    'updated',
    'unchanged',
    'failed',
    'error',
    'faults',
  ],
  properties: {
    id: { type: 'integer' },
    state: { enum: ['receiving', 'accepted', 'running', 'completed', 'failed'] },
    format: { enum: ['csv', 'jsonl'] },
    bytes: count,
    processed: count,
    created: count,
    updated: count,
    unchanged: count,
    failed: count,
    error: { type: ['string', 'null'] },
    created_at: { type: 'string', format: 'date-time' },
    finished_at: { type: ['string', 'null'], format: 'date-time' },
    /** The first bad lines; `failed` counts all. */
    faults: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['line', 'field', 'code', 'detail'],
        properties: {
          line: { type: 'integer' },
          field: { type: 'string' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
} as const satisfies JsonSchema;

export const importPath = {
  type: 'object',
  required: ['import_id'],
  properties: { import_id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } },
} as const satisfies JsonSchema;

/** The media types of files, and what is in them. */
export const importFormats = {
  'text/csv': 'csv',
  'application/x-ndjson': 'jsonl',
  'application/jsonl': 'jsonl',
} as const;

export type ImportLine = Static<typeof importLine>;
export type ImportAnswer = Static<typeof importSchema>;
export type ImportFormat = ImportAnswer['format'];
