import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '@sagacity/chassis/db/database';
import { type FeedLine, readClock, readFeed } from '../queries/read-feed.ts';

export interface Following {
  /** Lines after this moment come first; left out, only what happens from now on. */
  readonly after?: Date | undefined;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
}

const heartbeatMs = 15_000;
const page = 2_000;
/** A line's time is read before its transaction commits: lines may appear this much later than they say. */
const overlapMs = 5_000;

/**
 * Everything that happens to any saga, by whichever instance, as server-sent events. The id of an event is its time: a client that comes
 * back with it as Last-Event-ID misses nothing, but may see the lines of the last seconds again; `saga_id` and `seq` tell them apart.
 *
 *   read what is newer than the overlap → send what was not sent before → wait → read …
 */
export function followSagas(db: Db, following: Following): Readable {
  return Readable.from(events(db, following), { objectMode: true });
}

async function* events(db: Db, { after, signal, pollMs = 500 }: Following): AsyncGenerator<string> {
  const sent = new Map<string, number>();
  let latest = after ?? (await readClock(db));
  // What began before a client without a last event came is not news to it.
  const earliest = after === undefined ? latest : new Date(latest.getTime() - overlapMs);
  let spokeAt = performance.now();
  yield ': following\n\n';
  while (!signal.aborted) {
    const from = new Date(Math.max(latest.getTime() - overlapMs, earliest.getTime()));
    const lines = await readAll(db, from);
    for (const line of lines) {
      const key = `${line.saga_id} ${line.seq}`;
      if (sent.has(key)) continue;
      sent.set(key, line.at.getTime());
      if (line.at > latest) latest = line.at;
      spokeAt = performance.now();
      yield eventOf(line);
    }
    forgetBefore(sent, latest.getTime() - overlapMs);
    if (performance.now() - spokeAt > heartbeatMs) {
      spokeAt = performance.now();
      yield ': still here\n\n';
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** All lines after a moment, page by page. The last millisecond of a page may go on on the next one, so that one is read again. */
async function readAll(db: Db, from: Date): Promise<readonly FeedLine[]> {
  const lines: FeedLine[] = [];
  for (let after = from; ; ) {
    const more = await readFeed(db, after, page);
    lines.push(...more);
    const [first, last] = [more[0], more.at(-1)];
    if (more.length < page || !first || !last) return lines;
    after = first.at < last.at ? new Date(last.at.getTime() - 1) : last.at;
  }
}

function forgetBefore(sent: Map<string, number>, ms: number): void {
  for (const [key, at] of sent) if (at < ms) sent.delete(key);
}

function eventOf({ at, ...line }: FeedLine): string {
  const data = JSON.stringify({ ...line, at: at.toISOString() });
  return `id: ${at.toISOString()}\nevent: saga\ndata: ${data}\n\n`;
}
