import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import {
  count,
  exactly,
  flag,
  kebabName,
  rowId,
  sagaId,
  sagaStates,
  text,
  textOrNull,
  timestamp,
  timestampOrNull,
} from './fields.ts';

export const listSagasQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit', 'sort', 'facets'],
  properties: {
    type: kebabName,
    state: { enum: sagaStates },
    step: kebabName,
    order_id: rowId,
    user_id: rowId,
    error_code: { type: 'string', minLength: 1, maxLength: 100 },
    retrying: flag,
    attention: flag,
    in_state_for_ms: { type: 'integer', minimum: 0, maximum: 31_536_000_000 },
    created_from: timestamp,
    created_to: timestamp,
    sort: {
      enum: ['-created_at', 'created_at', '-in_state_ms', 'in_state_ms', '-updated_at', 'updated_at'],
      default: '-created_at',
    },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    cursor: { type: 'string', minLength: 1, maxLength: 200 },
    facets: { type: 'integer', enum: [0, 1], default: 0 },
  },
} as const satisfies JsonSchema;

/** What a list shows of a saga; `version` is what an action on it expects. */
export const summaryFields = {
  id: sagaId,
  type: text,
  version: count,
  definition_version: count,
  order_id: rowId,
  user_id: rowId,
  state: { enum: sagaStates },
  step: textOrNull,
  current_steps: { type: 'array', items: text },
  attempt: count,
  retrying: flag,
  next_retry_at: timestampOrNull,
  in_state_ms: count,
  last_error_code: textOrNull,
  attention_code: textOrNull,
  pivot_passed: flag,
  cancel_requested: flag,
  created_at: timestamp,
  updated_at: timestamp,
} as const;

const facet = { type: 'array', items: exactly({ value: text, count }) } as const;

/** How many sagas that match the filters have which value. */
const facets = exactly({
  type: facet,
  state: facet,
  step: facet,
  error_code: facet,
  attention: facet,
  retrying: facet,
});

export const sagaListAnswer = exactly({
  items: { type: 'array', items: exactly(summaryFields) },
  next_cursor: textOrNull,
  facets: { ...facets, type: ['object', 'null'] },
} as const) satisfies JsonSchema;

export type ListSagasQuery = Static<typeof listSagasQuery>;
export type SagaList = Static<typeof sagaListAnswer>;
export type SagaSummary = SagaList['items'][number];
export type SagaFacets = NonNullable<SagaList['facets']>;
