import type { advance } from '../../src/engine/advance.ts';
import { type AnyDefinition, findStep } from '../../src/engine/definition.ts';
import type { OperatorAction, Reply, SagaInput } from '../../src/engine/input.ts';
import {
  findRecord,
  isActive,
  isBounded,
  isOver,
  isStuck,
  nextWakeupMs,
  type SagaInstance,
  type StepRecord,
} from '../../src/engine/instance.ts';
import { newInstance } from '../../src/engine/new-instance.ts';
import type { OutgoingCommand } from '../../src/engine/output.ts';
import { bankDecides, type Delivered, type Guards, handle, wordsOf } from './participants.ts';
import { abstracted, definitions, lastAttempt, memoryKey, type Passing, type SagaName, type World } from './world.ts';

/** What may happen beside the messages of a saga. */
export interface Circumstances {
  readonly advance: typeof advance;
  readonly guards: Guards;
  /** Participants that answer transiently, too late, or lose a command to the dead letters. */
  readonly faults: boolean;
  readonly cancel: boolean;
  readonly operator: boolean;
}

/** A step from one world to another, in words. */
export interface Move {
  readonly words: string;
  readonly world: World;
}

const longAgoMs = -3_600_000;
const farAwayMs = 3_600_000;

/** Everything that can happen next. Moves that change nothing are left out by whoever explores. */
export function movesFrom(world: World, circumstances: Circumstances): readonly Move[] {
  if (Object.keys(world.place.steps).length === 0) {
    return [give(world, 'place', { kind: 'start', atMs: 0 }, 'the order is created', circumstances)];
  }
  const sagas = (['place', 'cancel'] as const).filter((name) => world[name] !== null);
  return [
    ...sagas.flatMap((saga) => [
      ...deliveries(world, saga, circumstances),
      ...answers(world, saga, circumstances),
      ...timers(world, saga, circumstances),
    ]),
    ...world.passing.map((reply) => deliverPassing(world, reply, circumstances)),
    ...bankDecides(world),
    ...(circumstances.cancel ? customer(world, circumstances) : []),
    ...(circumstances.operator ? operators(world, circumstances) : []),
  ];
}

function sagaOf(world: World, name: SagaName): SagaInstance {
  const saga = world[name];
  if (!saga) throw new Error(`there is no ${name} saga`);
  return saga;
}

/** Every command that was ever sent, delivered now. */
function deliveries(world: World, saga: SagaName, { guards, faults }: Circumstances): readonly Move[] {
  return Object.values(sagaOf(world, saga).steps).flatMap((record) =>
    Array.from({ length: record.attempt }, (_none, index) => index + 1).flatMap((attempt) => {
      const command = commandOf(definitions[saga], saga, record, attempt);
      const words = (answer: string) => `${nameOf(command)} arrives → ${answer}`;
      const handled = handle(world, command, guards).map((result) => ({ ...result, words: words(result.words) }));
      const known = world.memory[memoryKey(saga, record.step, record.direction)] !== undefined;
      return faults && !known ? [...handled, ...passingAnswers(world, record, command, words)] : handled;
    }),
  );
}

function passingAnswers(
  world: World,
  record: StepRecord,
  { saga, step, direction, attempt }: Delivered,
  words: (answer: string) => string,
): readonly Move[] {
  const outcomes: Passing['outcome'][] = isBounded(record) ? ['transient', 'expired', 'unprocessable'] : ['transient'];
  return outcomes.map((outcome) => {
    const reply: Passing = { saga, step, direction, attempt, outcome };
    const known = world.passing.some((other) => Object.values(other).join() === Object.values(reply).join());
    return { words: words(outcome), world: known ? world : { ...world, passing: [...world.passing, reply] } };
  });
}

/** Every answer that a participant remembers, delivered now: it repeats it whenever one of the command's attempts arrives. */
function answers(world: World, saga: SagaName, circumstances: Circumstances): readonly Move[] {
  return Object.values(sagaOf(world, saga).steps).flatMap((record) => {
    const remembered = world.memory[memoryKey(saga, record.step, record.direction)];
    if (!remembered || remembered.state === 'pending') return [];
    const reply = replyTo(record, 1, { outcome: remembered.outcome, code: null, result: remembered.result ?? null });
    const words = `the saga hears: ${nameOf({ ...record, attempt: 1 })} ${wordsOf(remembered)}`;
    return [give(world, saga, { kind: 'reply', atMs: 0, reply }, words, circumstances)];
  });
}

function deliverPassing(world: World, passing: Passing, circumstances: Circumstances): Move {
  const { saga, outcome, attempt } = passing;
  const dead = outcome === 'unprocessable';
  const said = dead ? { outcome: 'refused', code: 'command.unprocessable' } : { outcome, code: null };
  const reply = replyTo(passing, attempt, { ...(said as Pick<Reply, 'outcome' | 'code'>), result: null });
  const words = `the saga hears: ${nameOf(passing)} ${outcome}`;
  return give(world, saga, { kind: 'reply', atMs: 0, reply }, words, circumstances);
}

/** Each timer may fire alone, on time or long after. */
function timers(world: World, saga: SagaName, circumstances: Circumstances): readonly Move[] {
  const instance = sagaOf(world, saga);
  return Object.entries(instance.steps)
    .filter(([, record]) => isActive(record))
    .flatMap(([due, record]) =>
      [0, longAgoMs].map((wakeAtMs) => {
        const steps = Object.entries(instance.steps).map(([key, other]): [string, StepRecord] => {
          const at = key === due ? wakeAtMs : farAwayMs;
          return [key, other.wakeAtMs === null ? other : { ...other, wakeAtMs: at }];
        });
        const armed = { ...world, [saga]: { ...instance, steps: Object.fromEntries(steps) } };
        const words = `${wakeAtMs === 0 ? 'time is up' : 'time was up long ago'} for ${nameOf(record)}`;
        return give(armed, saga, { kind: 'timer', atMs: 0 }, words, circumstances);
      }),
    );
}

function customer(world: World, circumstances: Circumstances): readonly Move[] {
  const { status } = world.order;
  if (world.request === 'none' && (status === 'pending' || status === 'confirmed')) {
    const order = { ...world.order, status: 'cancelling' } as const;
    return [
      { words: `the customer cancels, the order was ${status}`, world: { ...world, order, request: 'under_way' } },
    ];
  }
  if (world.request !== 'under_way') return [];
  const cancel = { by: 'order', actor: null, reason: null } as const;
  const arrived: World = { ...world, request: 'arrived' };
  const input: SagaInput = { kind: 'cancel', atMs: 0, cancel, messageId: 'request' };
  return [give(arrived, 'place', input, 'the saga hears: the order is to be cancelled', circumstances)];
}

function operators(world: World, circumstances: Circumstances): readonly Move[] {
  const { pausedAtMs, phase, pivotPassed } = world.place;
  if (phase === 'completed' || phase === 'compensated') return [];
  const mayGoBack = phase === 'running' && !pivotPassed;
  const actions: readonly OperatorAction[] = [
    pausedAtMs === null ? 'pause' : 'resume',
    ...(mayGoBack ? (['force-compensate'] as const) : []),
    ...(mayGoBack && world.place.cancel === null ? (['cancel'] as const) : []),
  ];
  return actions.map((action) => {
    const input: SagaInput = { kind: 'operator', atMs: 0, order: { action, actor: 'admin', reason: 'because' } };
    return give(world, 'place', input, `an operator orders: ${action}`, circumstances);
  });
}

/** Lets the real engine act, and begins what it asks for. */
function give(world: World, name: SagaName, input: SagaInput, words: string, { advance }: Circumstances): Move {
  const before = sagaOf(world, name);
  const result = advance(definitions[name], before, input);
  if (result.instance === before) return { words, world };
  const told = [words, ...result.commands.map((command) => `  the saga sends ${nameOf(command)}`)];
  let after: World = { ...world, [name]: abstracted(result.instance) };
  for (const command of result.commands) after = checkOrder(after, result.instance, command);
  after = checkWaiting(after, result.instance);
  for (const linked of result.linked) {
    told.push(`  the saga asks for ${linked.type}`);
    after = startCancel(after, told, advance);
  }
  return { words: told.join('\n'), world: withoutSettled(after) };
}

function startCancel(world: World, told: string[], advanceWith: typeof advance): World {
  if (world.cancel) return breach(world, 'the order is undone twice');
  const fresh = newInstance(definitions.cancel, { id: 'cancel', orderId: 7, data: { order_id: 7, reason: 'x' } });
  const { instance, commands } = advanceWith(definitions.cancel, fresh, { kind: 'start', atMs: 0 });
  told.push(...commands.map((command) => `  the saga sends ${nameOf(command)}`));
  return { ...world, cancel: abstracted(instance) };
}

/** A saga that is not at its end waits for an answer, and has a timer in case that none comes; a person is never needed. */
function checkWaiting(world: World, saga: SagaInstance): World {
  const records = Object.values(saga.steps);
  if (records.some(isStuck)) return breach(world, 'a person is needed');
  const waits = isOver(saga) || saga.pausedAtMs !== null || nextWakeupMs(saga) !== null;
  return waits ? world : breach(world, 'the saga waits for nothing');
}

/** No step before its turn, no compensation after the pivot, none before the one it waits for. */
function checkOrder(world: World, saga: SagaInstance, { step, direction }: OutgoingCommand): World {
  const definition = saga.type === 'place-order' ? definitions.place : definitions.cancel;
  const position = definition.groups.findIndex((group) => group.some(({ name }) => name === step));
  if (direction === 'forward') {
    if (saga.phase === 'compensating') return breach(world, `${step} is sent while the saga goes back`);
    const before = definition.groups.slice(0, position).flat();
    const undone = before.find(({ name }) => findRecord(saga, name, 'forward')?.state !== 'succeeded');
    return undone ? breach(world, `${step} is sent before ${undone.name} is done`) : world;
  }
  if (direction === 'resolve') return world;
  if (saga.pivotPassed) return breach(world, `${step} is undone after the pivot`);
  const later = definition.groups.slice(position + 1).flat();
  const standing = later.find(({ name, compensate }) => {
    const record = findRecord(saga, name, 'forward');
    return compensate && record && record.state !== 'refused' && record.state !== 'compensated';
  });
  return standing ? breach(world, `${step} is undone before ${standing.name} is`) : world;
}

/**
 * Leaves out the replies that can never count again: their command is decided. The engine answers them with a line on the timeline,
 * which its own tests show.
 */
function withoutSettled(world: World): World {
  const passing = world.passing.filter(({ saga, step, direction }) => {
    const record = world[saga] ? findRecord(sagaOf(world, saga), step, direction) : undefined;
    return record !== undefined && (isActive(record) || (record.kind === 'pivot' && record.state === 'unknown'));
  });
  return passing.length === world.passing.length ? world : { ...world, passing };
}

function breach(world: World, words: string): World {
  return { ...world, breach: world.breach ?? words };
}

function commandOf(definition: AnyDefinition, saga: SagaName, record: StepRecord, attempt: number): Delivered {
  const { step, direction } = record;
  const type = findStep(definition, step)?.[direction]?.type;
  if (type === undefined) throw new Error(`${step} has no ${direction} command`);
  return { saga, step, direction, type, attempt: Math.min(attempt, lastAttempt) };
}

function replyTo(
  { step, direction }: Pick<StepRecord, 'step' | 'direction'>,
  attempt: number,
  said: Pick<Reply, 'outcome' | 'code' | 'result'>,
): Reply {
  return { messageId: 'reply', step, direction, attempt, detail: null, retryAfterMs: null, ...said };
}

function nameOf({ step, direction, attempt }: Pick<Delivered, 'step' | 'direction' | 'attempt'>): string {
  const verb = { forward: '', compensate: 'undo ', resolve: 'resolve ' }[direction];
  return `${verb}${step}${attempt > 1 ? ` #${attempt}` : ''}`;
}
