export const sagaStates = ['running', 'compensating', 'completed', 'compensated', 'paused', 'needs_attention'] as const;

export const text = { type: 'string' } as const;
export const textOrNull = { type: ['string', 'null'] } as const;
export const timestamp = { type: 'string', format: 'date-time' } as const;
export const timestampOrNull = { type: ['string', 'null'], format: 'date-time' } as const;
export const flag = { type: 'boolean' } as const;
export const count = { type: 'integer', minimum: 0 } as const;
export const rowId = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;
export const sagaId = { type: 'string', format: 'uuid' } as const;
export const kebabName = { type: 'string', pattern: '^[a-z0-9-]{1,64}$' } as const;

/** An object with exactly these properties, all of them required. */
export function exactly<const P extends Readonly<Record<string, object>>>(properties: P) {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties) as (keyof P & string)[],
    properties,
  } as const;
}
