/**
 * What a saga consists of. Before the pivot every step can be undone; the pivot decides; after it nothing can be refused any more.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable';

/** What a command of a step is for: doing it, undoing it, or making the pivot abort or tell the truth. */
export type Direction = 'forward' | 'compensate' | 'resolve';

/** Why a saga goes back, for the commands that end things. */
export interface Ending {
  readonly status: 'rejected' | 'cancelled';
  /** A stable code, or the words of who cancelled. */
  readonly reason: string;
}

/** A command by its routing key, with what it carries. */
export interface CommandSpec<D> {
  readonly type: string;
  readonly data: (data: D, ending: Ending) => object;
}

/** One step; it has a command for each direction in which it can be driven. */
export interface Step<D> {
  readonly name: string;
  readonly kind: StepKind;
  readonly forward?: CommandSpec<D>;
  readonly compensate?: CommandSpec<D>;
  readonly resolve?: CommandSpec<D>;
  /** How long the first answer may take before the command is sent again; each further one may take twice as long, at most a minute. */
  readonly timeoutMs: number;
  /** How often a step up to the pivot is asked before its fate is unknown; compensations and retriable steps are asked for ever. */
  readonly attempts: number;
}

/** Steps that run side by side. */
export type Group<D> = readonly Step<D>[];

export interface SagaDefinition<D> {
  readonly type: string;
  readonly version: number;
  /** Step zero: done by whoever started the saga, so it has no command, only a compensation. */
  readonly origin: Step<D> | undefined;
  readonly groups: readonly Group<D>[];
  /** After how long without success a command that is sent for ever calls for attention. */
  readonly attentionAfterMs: number;
  /** The type of the saga that undoes a completed one of this type. */
  readonly undoneBy: string | undefined;
}

/** A definition whose data type is forgotten, as the engine sees it. */
export type AnyDefinition = SagaDefinition<never>;
export type AnyStep = Step<never>;

interface Patience {
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

const defaults = { timeoutMs: 5_000, attempts: 4, attentionAfterMs: 60_000 };

/** Writes a saga down as a vertical list; it is checked by `validateDefinition` when it is registered. */
export function defineSaga<D>(saga: {
  readonly type: string;
  readonly version: number;
  readonly origin?: Step<D>;
  readonly steps: readonly (Step<D> | Group<D>)[];
  readonly attentionAfterMs?: number;
  readonly undoneBy?: string;
}): SagaDefinition<D> {
  return {
    type: saga.type,
    version: saga.version,
    origin: saga.origin,
    groups: saga.steps.map((entry) => (isGroup(entry) ? entry : [entry])),
    attentionAfterMs: saga.attentionAfterMs ?? defaults.attentionAfterMs,
    undoneBy: saga.undoneBy,
  };
}

/** A command of a saga: its routing key, and what it carries out of the saga's data. */
export function command<D>(type: string, data: CommandSpec<D>['data']): CommandSpec<D> {
  return { type, data };
}

/** Step zero, already done when the saga starts; its compensation is the last one. */
export function origin<D>(name: string, spec: Patience & { readonly compensation: CommandSpec<D> }): Step<D> {
  return { ...patience(spec), name, kind: 'compensatable', compensate: spec.compensation };
}

/** A step that may be refused and can be undone. */
export function compensatable<D>(
  name: string,
  spec: Patience & { readonly command: CommandSpec<D>; readonly compensation: CommandSpec<D> },
): Step<D> {
  return { ...patience(spec), name, kind: 'compensatable', forward: spec.command, compensate: spec.compensation };
}

/** The step that decides: once it is done the saga only goes forward. `abortOrLearn` makes an unclear one abort, or tell that it was done. */
export function pivot<D>(
  name: string,
  spec: Patience & { readonly command: CommandSpec<D>; readonly abortOrLearn: CommandSpec<D> },
): Step<D> {
  return { ...patience(spec), name, kind: 'pivot', forward: spec.command, resolve: spec.abortOrLearn };
}

/** A step that cannot be refused for a business reason: it is asked until it is done. */
export function retriable<D>(name: string, spec: Patience & { readonly command: CommandSpec<D> }): Step<D> {
  return { ...patience(spec), name, kind: 'retriable', forward: spec.command };
}

/** Steps side by side; the saga goes on when all of them are done. */
export function together<D>(...steps: readonly Step<D>[]): Group<D> {
  return steps;
}

/** All steps with commands, in their order. */
export function stepsOf<D>(definition: SagaDefinition<D>): readonly Step<D>[] {
  return definition.groups.flat();
}

/** The pivot and what follows it; nothing where there is no pivot. */
export function stepsFromPivot<D>(definition: SagaDefinition<D>): readonly Step<D>[] {
  const steps = stepsOf(definition);
  const pivotAt = steps.findIndex(({ kind }) => kind === 'pivot');
  return pivotAt < 0 ? [] : steps.slice(pivotAt);
}

/** The step of this name, step zero included. */
export function findStep<D>(definition: SagaDefinition<D>, name: string): Step<D> | undefined {
  if (definition.origin?.name === name) return definition.origin;
  return stepsOf(definition).find((step) => step.name === name);
}

function patience({ timeoutMs = defaults.timeoutMs, attempts = defaults.attempts }: Patience) {
  return { timeoutMs, attempts };
}

function isGroup<D>(entry: Step<D> | Group<D>): entry is Group<D> {
  return Array.isArray(entry);
}
