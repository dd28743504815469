import type { AnyDefinition } from './definition.ts';
import type { SagaInstance } from './instance.ts';

/** A saga that has not begun: its first input is `start`. A saga without a pivot has passed it elsewhere, so it only goes forward. */
export function newInstance(
  definition: AnyDefinition,
  saga: { readonly id: string; readonly orderId: number; readonly data: unknown },
): SagaInstance {
  return {
    ...saga,
    type: definition.type,
    definitionVersion: definition.version,
    phase: 'running',
    pivotPassed: !definition.groups.flat().some(({ kind }) => kind === 'pivot'),
    cancel: null,
    failure: null,
    pausedAtMs: null,
    attention: null,
    steps: {},
  };
}
