import { setTimeout as delay } from 'node:timers/promises';
import { callGateway } from '../e2e/shop.ts';

export interface Read {
  /** Under which the gateway's log has it. */
  readonly requestId: string;
  readonly path: string;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly ms: number;
}

/** Reads that go on at one pace, whatever becomes of them, until they are ended. */
export interface SteadyReads {
  /** Those that have been answered so far. */
  answered(): readonly Read[];
  /** Resolves when the last one is answered. */
  end(): Promise<void>;
}

export interface SteadyReadsOptions {
  readonly paths: readonly string[];
  readonly perSecond: number;
  /** No more than these are sent. */
  readonly most: number;
  /** The beginning of every request id. */
  readonly name: string;
}

/** Each is sent when its time has come, and does not wait for the answer to the one before: a slow answer slows nobody else. */
export function startReads({ paths, perSecond, most, name }: SteadyReadsOptions): SteadyReads {
  const answered: Read[] = [];
  const open = new Set<Promise<void>>();
  const ending = new AbortController();
  const send = async (index: number) => {
    const path = paths[index % paths.length] ?? '/products';
    const requestId = `${name}-${String(index).padStart(8, '0')}`;
    const since = performance.now();
    // A cut connection is what this looks for, not an end of it.
    const answer = await callGateway('GET', path, { headers: { 'x-request-id': requestId } }).catch(() => undefined);
    answered.push({ requestId, path, status: answer?.status ?? 0, ms: performance.now() - since });
  };
  const run = async () => {
    const since = performance.now();
    for (let index = 0; index < most && !ending.signal.aborted; index += 1) {
      const one = send(index).finally(() => open.delete(one));
      open.add(one);
      const dueInMs = since + ((index + 1) * 1000) / perSecond - performance.now();
      await delay(Math.max(0, dueInMs), undefined, { signal: ending.signal }).catch(() => undefined);
    }
    await Promise.all(open);
  };
  const running = run();
  return {
    answered: () => answered,
    end: async () => {
      ending.abort();
      await running;
    },
  };
}
