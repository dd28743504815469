import type { AnyDefinition, AnyStep, StepKind } from './definition.ts';

/** One step as data. */
export interface StepNode {
  readonly name: string;
  readonly kind: StepKind;
  readonly command: string | null;
  readonly compensation: string | null;
  readonly resolution: string | null;
  readonly timeout_ms: number;
  readonly attempts: number;
}

/** A definition as data: what is stored, hashed and drawn. Steps of one group run side by side. */
export interface DefinitionGraph {
  readonly type: string;
  readonly version: number;
  readonly origin: StepNode | null;
  readonly groups: readonly (readonly StepNode[])[];
  readonly attention_after_ms: number;
  readonly undone_by: string | null;
}

export function graphOf(definition: AnyDefinition): DefinitionGraph {
  return {
    type: definition.type,
    version: definition.version,
    origin: definition.origin ? nodeOf(definition.origin) : null,
    groups: definition.groups.map((group) => group.map(nodeOf)),
    attention_after_ms: definition.attentionAfterMs,
    undone_by: definition.undoneBy ?? null,
  };
}

function nodeOf(step: AnyStep): StepNode {
  return {
    name: step.name,
    kind: step.kind,
    command: step.forward?.type ?? null,
    compensation: step.compensate?.type ?? null,
    resolution: step.resolve?.type ?? null,
    timeout_ms: step.timeoutMs,
    attempts: step.attempts,
  };
}
