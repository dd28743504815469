import { type AnyDefinition, type AnyStep, stepsOf } from './definition.ts';

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const commandType = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;

/**
 * Every fault of a definition, as sentences; none when it can be run.
 * A saga has one pivot with everything that can be undone before it and everything that is only retried after it,
 * or consists of retriable steps alone: then its pivot was passed elsewhere.
 */
export function validateDefinition(definition: AnyDefinition): readonly string[] {
  const named = [...(definition.origin ? [definition.origin] : []), ...stepsOf(definition)];
  return [
    ...faultsOfNames(definition, named),
    ...faultsOfOrder(definition),
    ...faultsOfGroups(definition),
    ...named.flatMap(faultsOfStep),
  ].map((fault) => `${definition.type} v${definition.version}: ${fault}`);
}

function faultsOfNames(definition: AnyDefinition, named: readonly AnyStep[]): string[] {
  const names = named.map(({ name }) => name);
  const faults = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is named twice`);
  if (!kebab.test(definition.type)) faults.push('the type is not in kebab case');
  if (!Number.isInteger(definition.version) || definition.version < 1) faults.push('the version is not 1 or more');
  if (stepsOf(definition).length === 0) faults.push('it has no steps');
  return faults;
}

function faultsOfOrder(definition: AnyDefinition): string[] {
  const steps = stepsOf(definition);
  const pivots = steps.filter(({ kind }) => kind === 'pivot');
  if (pivots.length > 1) return [`it has ${pivots.length} pivots: ${pivots.map(({ name }) => name).join(', ')}`];
  const at = steps.findIndex(({ kind }) => kind === 'pivot');
  if (at < 0) return faultsWithoutPivot(definition, steps);
  const early = steps.slice(0, at).filter(({ kind }) => kind === 'retriable');
  const late = steps.slice(at + 1).filter(({ kind }) => kind === 'compensatable');
  return [
    ...early.map(({ name }) => `${name} is retriable and stands before the pivot`),
    ...late.map(({ name }) => `${name} is compensatable and stands after the pivot`),
    ...(definition.origin ? [] : ['it has a pivot but no step zero to undo']),
  ];
}

function faultsWithoutPivot(definition: AnyDefinition, steps: readonly AnyStep[]): string[] {
  const undone = steps.filter(({ kind }) => kind === 'compensatable');
  return [
    ...undone.map(({ name }) => `${name} is compensatable, but there is no pivot`),
    ...(definition.origin ? ['it has no pivot, so its step zero is never undone'] : []),
  ];
}

function faultsOfGroups(definition: AnyDefinition): string[] {
  const shared = definition.groups.filter((group) => group.length > 1 && group.some(({ kind }) => kind === 'pivot'));
  const empty = definition.groups.filter((group) => group.length === 0);
  return [...shared.map(() => 'the pivot runs beside other steps'), ...empty.map(() => 'a group is empty')];
}

function faultsOfStep(step: AnyStep): string[] {
  const faults: string[] = [];
  if (!kebab.test(step.name)) faults.push(`${step.name} is not in kebab case`);
  if (!(step.timeoutMs > 0)) faults.push(`${step.name} has no timeout`);
  if (!Number.isInteger(step.attempts) || step.attempts < 1) faults.push(`${step.name} is never attempted`);
  for (const spec of [step.forward, step.compensate, step.resolve]) {
    if (spec && !commandType.test(spec.type)) faults.push(`${step.name}: ${spec.type} is not <service>.<verb-noun>`);
  }
  return faults;
}
