import type { AttemptDetail, StepDetail } from '../contract/saga-detail.ts';
import type { Direction } from '../engine/definition.ts';
import type { DefinitionGraph, StepNode } from '../engine/graph.ts';
import { findRecord, type SagaInstance } from '../engine/instance.ts';

type AttemptsOf = (step: string, direction: Direction) => AttemptDetail[];

/** All steps of a saga in their order, those that were not reached too, each followed by its resolution and its compensation where there was one. */
export function describeSteps(graph: DefinitionGraph, saga: SagaInstance, attemptsOf: AttemptsOf): StepDetail[] {
  const describe = (node: StepNode, direction: Direction, group: number | null): StepDetail => {
    const record = findRecord(saga, node.name, direction);
    return {
      name: node.name,
      kind: node.kind,
      direction,
      state: record?.state ?? (saga.phase === 'running' ? 'pending' : 'skipped'),
      command: { forward: node.command, compensate: node.compensation, resolve: node.resolution }[direction],
      group,
      attempt: record?.attempt ?? 0,
      next_at: record?.wakeAtMs == null ? null : new Date(record.wakeAtMs).toISOString(),
      settled_at: record?.settledAtMs == null ? null : new Date(record.settledAtMs).toISOString(),
      error: record?.error ?? null,
      attempts: record ? attemptsOf(node.name, direction) : [],
    };
  };
  const reached = (node: StepNode, group: number | null, directions: readonly Direction[]) =>
    directions
      .filter((direction) => direction === 'forward' || findRecord(saga, node.name, direction))
      .map((direction) => describe(node, direction, group));
  return [
    ...(graph.origin ? reached(graph.origin, null, ['compensate']) : []),
    ...graph.groups.flatMap((nodes, group) =>
      nodes.flatMap((node) => reached(node, group + 1, ['forward', 'resolve', 'compensate'])),
    ),
  ];
}
