import type { SchemaFault } from '../schema/validator.ts';

/**
 * Faults that schemas do not see: a text with a NUL, which PostgreSQL cannot hold, and a number without an end, which JSON Schema's
 * limits let pass (`1e400` in a query becomes Infinity, and is then compared with nothing).
 */
export function unstorable(value: unknown, pointer = ''): SchemaFault[] {
  if (typeof value === 'string') {
    return value.includes('\u0000') ? [{ pointer, code: 'characters', detail: 'has a NUL character' }] : [];
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? [] : [{ pointer, code: 'range', detail: 'is too large' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => unstorable(part, `${pointer}/${key}`));
}
