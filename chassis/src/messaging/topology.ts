import { exchanges } from './envelope.ts';

/** A queue of a service, and which messages reach it. */
export interface QueueSpec {
  readonly name: string;
  readonly bindings: readonly { readonly exchange: string; readonly keys: readonly string[] }[];
  /** True when one consumer at a time must get the messages, so that their order holds over all instances. */
  readonly singleActiveConsumer?: boolean;
}

type Arguments = Readonly<Record<string, string | number | boolean>>;

export interface DeclaredExchange {
  readonly name: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly arguments: Arguments;
}

export interface DeclaredQueue {
  readonly name: string;
  readonly arguments: Arguments;
}

export interface DeclaredBinding {
  readonly exchange: string;
  readonly queue: string;
  readonly key: string;
}

/** Everything that must exist in the virtual host before a service works, as data. */
export interface Topology {
  readonly exchanges: readonly DeclaredExchange[];
  readonly queues: readonly DeclaredQueue[];
  readonly bindings: readonly DeclaredBinding[];
}

export const deadLetterExchange = 'shop.dlx';
/** Exchange and queue of events that nobody consumes. */
export const unrouted = 'shop.unrouted';
/** Takes a copy of every dead letter, of whatever queue, for whoever keeps a list of them; the letter itself stays in `<queue>.dlq`. */
export const deadLettersQueue = 'shop.dead-letters';
/** The queue that shows the last messages of all exchanges in the management UI. */
export const traceQueue = 'shop.trace';
export const defaultRetryDelaysMs: readonly number[] = [5_000, 30_000, 120_000, 600_000];

/** The same on 3.10, where there is no limit by default, and on 4.x: a message that kills its consumer ends as a dead letter. */
const deliveryLimit = 20;
/** Looking at a message counts as a delivery, so queues that people look into need a limit they never reach. */
const noDeliveryLimit = 1_000_000;
const keptMessages = 10_000;

export function deadLetterQueue(queue: string): string {
  return `${queue}.dlq`;
}

/** The exchange whose messages come back to the queue named by their routing key after the delay: `shop.retry.5s`. */
export function retryExchange(delayMs: number): string {
  return `shop.retry.${delayText(delayMs)}`;
}

/** The shared exchanges and queues, and the given queues with their dead-letter queues. */
export function topologyOf(specs: readonly QueueSpec[], retryDelaysMs: readonly number[]): Topology {
  const retries = retryDelaysMs.map((delayMs) => ({ name: retryExchange(delayMs), delayMs }));
  return {
    exchanges: [
      { name: exchanges.events, type: 'topic', arguments: { 'alternate-exchange': unrouted } },
      { name: exchanges.commands, type: 'topic', arguments: {} },
      { name: exchanges.replies, type: 'topic', arguments: {} },
      { name: deadLetterExchange, type: 'direct', arguments: {} },
      { name: unrouted, type: 'fanout', arguments: {} },
      ...retries.map(({ name }) => ({ name, type: 'fanout', arguments: {} }) as const),
    ],
    queues: [
      cappedQueue(traceQueue),
      cappedQueue(unrouted),
      lastingQueue(deadLettersQueue),
      ...retries.map(({ name, delayMs }) => delayQueue(name, delayMs)),
      ...specs.flatMap((spec) => [workQueue(spec), lastingQueue(deadLetterQueue(spec.name))]),
    ],
    bindings: [
      { exchange: unrouted, queue: unrouted, key: '' },
      { exchange: unrouted, queue: traceQueue, key: '' },
      ...retries.map(({ name }) => ({ exchange: name, queue: name, key: '' })),
      ...specs.flatMap(bindingsOf),
    ],
  };
}

/**
 * The trace is bound with the very keys of the consumers: with `#` every message would be routable, so that
 * one that no consumer gets would neither be returned to its publisher nor reach the alternate exchange.
 */
function bindingsOf(spec: QueueSpec): DeclaredBinding[] {
  const own = spec.bindings.flatMap(({ exchange, keys }) => keys.map((key) => ({ exchange, queue: spec.name, key })));
  const traced = own.map((binding) => ({ ...binding, queue: traceQueue }));
  const dead = [deadLetterQueue(spec.name), deadLettersQueue];
  return [...own, ...traced, ...dead.map((queue) => ({ exchange: deadLetterExchange, queue, key: spec.name }))];
}

function workQueue({ name, singleActiveConsumer }: QueueSpec): DeclaredQueue {
  return {
    name,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': deliveryLimit,
      ...atLeastOnceTo(deadLetterExchange),
      'x-dead-letter-routing-key': name,
      ...(singleActiveConsumer ? { 'x-single-active-consumer': true } : {}),
    },
  };
}

/** Nothing that lies here is dropped, or moved on, however often it is looked at. */
function lastingQueue(name: string): DeclaredQueue {
  return { name, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': noDeliveryLimit } };
}

/** Without a dead-letter routing key of its own: an expired message keeps its key, which is the queue it came from. */
function delayQueue(name: string, delayMs: number): DeclaredQueue {
  return { name, arguments: { 'x-queue-type': 'quorum', 'x-message-ttl': delayMs, ...atLeastOnceTo('') } };
}

/** Quorum, not classic: a confirmed publish into one more quorum queue costs the broker a quarter of what one more classic queue does. */
function cappedQueue(name: string): DeclaredQueue {
  return {
    name,
    arguments: {
      'x-queue-type': 'quorum',
      'x-max-length': keptMessages,
      'x-overflow': 'drop-head',
      'x-delivery-limit': noDeliveryLimit,
    },
  };
}

/** Dead-lettering that waits for the target's confirmation; it requires that a full queue refuses instead of dropping. */
function atLeastOnceTo(exchange: string): Arguments {
  return {
    'x-dead-letter-exchange': exchange,
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}

function delayText(delayMs: number): string {
  if (delayMs % 60_000 === 0) return `${delayMs / 60_000}m`;
  return delayMs % 1_000 === 0 ? `${delayMs / 1_000}s` : `${delayMs}ms`;
}
