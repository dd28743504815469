import { expect } from 'chai';
import { advance } from '../src/engine/advance.ts';
import type { AnyDefinition, Direction } from '../src/engine/definition.ts';
import type { OperatorAction, Reply, SagaInput } from '../src/engine/input.ts';
import { findRecord, nextWakeupMs, type ReplyOutcome, type SagaInstance, stateOf } from '../src/engine/instance.ts';
import { newInstance } from '../src/engine/new-instance.ts';
import type { Advance, OutgoingCommand, TimelineEntry } from '../src/engine/output.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;

/** What happens to the saga, and the commands it sends because of it, both in words. */
export type Line = readonly [input: string, commands: string];

/** A saga that a test talks to. Time stands still but for timers. */
export interface Conversation {
  /** Gives the inputs one by one and holds what is sent against the script. */
  play(...script: readonly Line[]): void;
  readonly state: string;
  readonly instance: SagaInstance;
  readonly timeline: readonly TimelineEntry[];
  /** All commands sent so far. */
  readonly commands: readonly OutgoingCommand[];
  readonly linked: readonly string[];
  /** The kinds of the timeline's lines that the last input added. */
  readonly told: readonly string[];
  readonly atMs: number;
}

/**
 * Inputs: `start`, `timer`, `timer an hour late`, `cancel`, `wait <ms>`, an operator's `pause`, `resume`, `retry-now`, `force-compensate`,
 * `operator cancel`, `resolve-step <step> done|refused`, and replies: `[undo|resolve] <step>[#attempt] <outcome> [code]`, where `aborted` and
 * `already_confirmed` are answers to `resolve`. Commands: `[undo|resolve] <step>[#attempt]`, several joined by ` + `; the first attempt has no number.
 */
export function converse(
  definition: AnyDefinition,
  data: unknown = { order_id: 7, items: [], reason: 'why' },
): Conversation {
  let instance = newInstance(definition, { id: '0190a5a0-0000-7000-8000-000000000007', orderId: 7, data });
  let atMs = startMs;
  let told: readonly string[] = [];
  const commands: OutgoingCommand[] = [];
  const timeline: TimelineEntry[] = [];
  const linked: string[] = [];

  const give = (words: string): string => {
    const wait = /^wait (\d+)$/.exec(words);
    if (wait) {
      atMs += Number(wait[1]);
      return '';
    }
    if (words.startsWith('timer')) atMs = (nextWakeupMs(instance) ?? atMs) + (words.endsWith('late') ? hourMs : 0);
    const result: Advance = advance(definition, frozen(instance), toInput(words, instance, atMs));
    instance = result.instance;
    told = result.timeline.map(({ kind }) => kind);
    commands.push(...result.commands);
    timeline.push(...result.timeline);
    linked.push(...result.linked.map(({ type }) => type));
    return result.commands.map(inWords).join(' + ');
  };

  return {
    play: (...script) => {
      for (const [input, expected] of script) expect(give(input), `sent after "${input}"`).to.equal(expected);
    },
    get state() {
      return stateOf(instance);
    },
    get instance() {
      return instance;
    },
    get told() {
      return told;
    },
    get atMs() {
      return atMs;
    },
    timeline,
    commands,
    linked,
  };
}

/** The happy beginning of place-order, up to the confirmation being sent. */
export const untilConfirm: readonly Line[] = [
  ['start', 'reserve-stock'],
  ['reserve-stock done', 'charge-payment'],
  ['charge-payment done', 'confirm-order'],
];

/** An instance that cannot be changed: the engine may only replace it, since processes remember it. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

function inWords({ step, direction, attempt }: OutgoingCommand): string {
  const verb = { forward: '', compensate: 'undo ', resolve: 'resolve ' }[direction];
  return `${verb}${step}${attempt > 1 ? `#${attempt}` : ''}`;
}

function toInput(words: string, instance: SagaInstance, atMs: number): SagaInput {
  const [first = '', second = '', third] = words.split(' ');
  if (first === 'start') return { kind: 'start', atMs };
  if (first === 'timer') return { kind: 'timer', atMs };
  if (first === 'cancel') {
    return {
      kind: 'cancel',
      atMs,
      messageId: 'm',
      cancel: { by: 'order', actor: 'user 1', reason: 'changed my mind' },
    };
  }
  const by = { actor: 'admin 2', reason: 'because' };
  if (first === 'operator') return { kind: 'operator', atMs, order: { ...by, action: 'cancel' } };
  if (first === 'resolve-step') {
    const outcome = third as 'done' | 'refused';
    return { kind: 'operator', atMs, order: { ...by, action: 'resolve-step', step: second, outcome } };
  }
  if (['pause', 'resume', 'retry-now', 'force-compensate'].includes(first)) {
    return { kind: 'operator', atMs, order: { ...by, action: first as OperatorAction } };
  }
  return { kind: 'reply', atMs, reply: toReply(words, instance) };
}

const replyPattern = /^(?:(undo|resolve) )?([a-z-]+)(?:#(\d+))? ([a-z_]+)(?: (\S+))?$/;

function toReply(words: string, instance: SagaInstance): Reply {
  const [, verb, step = '', attempt, answer = '', code = null] = replyPattern.exec(words) ?? [];
  const direction: Direction = verb === 'undo' ? 'compensate' : verb === 'resolve' ? 'resolve' : 'forward';
  const resolution = answer === 'aborted' || answer === 'already_confirmed';
  return {
    messageId: 'reply',
    step,
    direction,
    attempt: attempt === undefined ? (findRecord(instance, step, direction)?.attempt ?? 1) : Number(attempt),
    outcome: resolution ? 'done' : (answer as ReplyOutcome),
    code,
    detail: null,
    retryAfterMs: null,
    result: resolution ? { outcome: answer } : null,
  };
}
