import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';

/** A way from a producer to a consumer. */
export interface Way {
  readonly what: string;
  /** Sends one message; resolves when it is committed, or, without a database, at once. */
  send(messageId: string): Promise<void>;
  /** When each message arrived, by its id. */
  readonly arrivals: Map<string, number>;
  newId(): string;
  stop(): Promise<void>;
}

/** Milliseconds from the answer to each commit to its arrival, 0 where the message was faster than the answer. Throws when one does not arrive. */
export async function measureLatency(
  way: Way,
  { perSecond, events }: { readonly perSecond: number; readonly events: number },
): Promise<number[]> {
  way.arrivals.clear();
  const committed = new Map<string, number>();
  const sends: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < events; n += 1) {
    // By the clock and not by pauses: what is late must not slow down what comes after it.
    const dueInMs = startedAt + (n * 1_000) / perSecond - performance.now();
    if (dueInMs > 0) await delay(dueInMs);
    const id = way.newId();
    const isCommitted = () => void committed.set(id, performance.now());
    sends.push(way.send(id).then(isCommitted));
  }
  await Promise.all(sends);
  await waitFor(`${events} messages arrive`, () => way.arrivals.size >= events, 60_000);
  return [...committed].map(([id, at]) => Math.max(0, (way.arrivals.get(id) ?? Number.NaN) - at));
}
