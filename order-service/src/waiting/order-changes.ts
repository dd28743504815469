import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Redis } from 'ioredis';

/** Lets requests of this instance wait for changes that any instance commits. */
export interface OrderChanges extends Part {
  /** Tells all instances that an order has changed; never throws, a lost word only costs time. */
  announce(orderId: number): void;
  /** Resolves at the next change of the order, or after a while since words can be lost, a second by default; rejects when the signal aborts. */
  next(orderId: number, signal: AbortSignal, longestMs?: number): Promise<void>;
}

const channel = 'orders:changed';

/**
 * Changes travel over a Redis channel, those of one turn of the event loop (the orders of a batch) in one message, their ids with blanks
 * between; they also wake whoever waits in the same process at once.
 */
export function createOrderChanges(options: {
  readonly publisher: Redis;
  readonly subscriber: Redis;
  readonly onError: (error: unknown) => void;
}): OrderChanges {
  const { publisher, subscriber, onError } = options;
  const waiting = new Map<number, Set<() => void>>();
  const wake = (orderId: number) => {
    for (const resolve of waiting.get(orderId) ?? []) resolve();
    waiting.delete(orderId);
  };
  const changed = new Set<number>();
  const tellOthers = () => {
    publisher.publish(channel, [...changed].join(' ')).catch(onError);
    changed.clear();
  };
  subscriber.on('message', (_channel, orderIds) => {
    for (const orderId of orderIds.split(' ')) wake(Number(orderId));
  });
  return {
    name: 'order changes',
    start: async () => {
      // The subscription is made again with each connection, so a Redis that is away now is no obstacle.
      subscriber.subscribe(channel).catch(onError);
    },
    stop: async () => subscriber.disconnect(),
    announce: (orderId) => {
      wake(orderId);
      if (changed.size === 0) setImmediate(tellOthers);
      changed.add(orderId);
    },
    next: async (orderId, signal, longestMs = 1_000) => {
      const given = new AbortController();
      const changed = new Promise<void>((resolve) => {
        const set = waiting.get(orderId) ?? new Set();
        waiting.set(orderId, set.add(resolve));
        given.signal.addEventListener('abort', () => forget(orderId, resolve));
      });
      try {
        await Promise.race([changed, delay(longestMs, undefined, { signal: AbortSignal.any([signal, given.signal]) })]);
      } finally {
        given.abort();
      }
    },
  };

  function forget(orderId: number, resolve: () => void): void {
    const set = waiting.get(orderId);
    set?.delete(resolve);
    if (set?.size === 0) waiting.delete(orderId);
  }
}
