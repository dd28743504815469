import type { Crowding } from '../broker/queue-depths.ts';
import { Backlog } from './backlog.ts';
import type { LaneLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { planReads, tellsOfBacklog } from './plan-reads.ts';
import { readBatch } from './read-batch.ts';
import type { OutboxRow } from './row.ts';
import type { Session } from './session.ts';

export interface ReaderOptions {
  readonly session: Session;
  readonly limits: LaneLimits;
  readonly pace: Pace;
  readonly crowding: Crowding;
  /** Where reading starts. */
  readonly mark: () => number;
  readonly onCatchUp: (phase: 'begins' | 'ends', boundary: number) => void;
}

export interface Read {
  readonly rows: readonly OutboxRow[];
  /** True when there may be more that could be read at once. */
  readonly wantsMore: boolean;
  /** Nothing may be read before that time is over, pokes or not. */
  readonly pauseMs: number;
  /** The next read at the latest, poke or not. */
  readonly againInMs: number;
}

/**
 * Chooses what is read next: ordinarily the first rows by id. After an outage, what is fresh goes before the backlog, so that live orders
 * keep their latency, and the backlog at its pace, as long as consumers keep up. Fresh rows of an aggregate that is in the backlog wait
 * until the backlog is gone: order per aggregate holds.
 */
export class Reader {
  readonly #options: ReaderOptions;
  /** Fresh rows that were read and have to wait. */
  readonly #waiting = new Set<number>();
  #backlog: Backlog | undefined;
  #backlogNotBefore = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  async read(inFlight: ReadonlyMap<number, OutboxRow>, room: number): Promise<Read> {
    if (this.#backlog && !this.#backlog.isKnown) await this.#backlog.learn();
    return this.#backlog?.isKnown
      ? this.#readFreshFirst(this.#backlog, inFlight, room)
      : this.#readInOrder(inFlight, room);
  }

  async #readInOrder(inFlight: ReadonlyMap<number, OutboxRow>, room: number): Promise<Read> {
    const { session, limits, pace, mark } = this.#options;
    const limit = Math.min(limits.batchSize, room);
    const { rows, isFull } = await readBatch(session, { above: mark(), inFlight: inFlight.keys(), limit });
    const oldestAgeMs = ageOf(rows[0]);
    if (!this.#backlog && tellsOfBacklog({ isFull, oldestAgeMs }, limits)) {
      this.#backlog = await Backlog.notice(session, mark());
    }
    const pauseMs = oldestAgeMs >= limits.oldAfterMs ? pace.delayMs(rows.length) : 0;
    return { rows, wantsMore: isFull, pauseMs, againInMs: limits.pollMs };
  }

  async #readFreshFirst(backlog: Backlog, inFlight: ReadonlyMap<number, OutboxRow>, room: number): Promise<Read> {
    const { limits, crowding } = this.#options;
    const plan = planReads(
      {
        room,
        waiting: this.#waiting.size,
        backlogInMs: this.#backlogNotBefore - performance.now(),
        isCrowded: crowding.isCrowded(),
      },
      limits,
    );
    const fresh = await this.#readFresh(backlog, inFlight, plan.fresh);
    const old = await this.#readBacklog(backlog, inFlight, Math.min(plan.backlog, room - fresh.rows.length));
    const rows = [...fresh.rows, ...old];
    return { rows, wantsMore: fresh.isFull || !this.#backlog, pauseMs: 0, againInMs: plan.againInMs };
  }

  async #readFresh(backlog: Backlog, inFlight: ReadonlyMap<number, OutboxRow>, limit: number) {
    if (limit <= 0) return { rows: [], isFull: false };
    const passed = [...inFlight.keys(), ...this.#waiting];
    const above = Math.max(backlog.boundary, this.#options.mark());
    const { rows, isFull } = await readBatch(this.#options.session, { above, inFlight: passed, limit });
    const free = rows.filter((row) => !backlog.holds(row));
    for (const row of rows) if (backlog.holds(row)) this.#waiting.add(row.id);
    return { rows: free, isFull };
  }

  /** The next rows of the backlog; when none is left, none in flight either, it is over. */
  async #readBacklog(
    backlog: Backlog,
    inFlight: ReadonlyMap<number, OutboxRow>,
    limit: number,
  ): Promise<readonly OutboxRow[]> {
    if (limit <= 0) return [];
    const { session, pace, mark, onCatchUp } = this.#options;
    if (this.#backlogNotBefore === 0) onCatchUp('begins', backlog.boundary);
    const { rows } = await readBatch(session, {
      above: mark(),
      upTo: backlog.boundary,
      inFlight: inFlight.keys(),
      limit,
    });
    this.#backlogNotBefore = performance.now() + pace.delayMs(rows.length);
    const isOver = rows.length === 0 && ![...inFlight.keys()].some((id) => id <= backlog.boundary);
    if (isOver) {
      onCatchUp('ends', backlog.boundary);
      this.#backlog = undefined;
      this.#backlogNotBefore = 0;
      this.#waiting.clear();
    }
    return rows;
  }
}

function ageOf(row: OutboxRow | undefined): number {
  return row ? Date.now() - row.created_at * 1_000 : 0;
}
