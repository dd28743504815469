import type { Logger } from '@sagacity/chassis/logging/logger';
import { readPeers } from './lease.ts';
import type { LaneLimits } from './limits.ts';
import { LowWaterMark } from './low-water-mark.ts';
import { preferredRelay } from './preference.ts';
import type { Session } from './session.ts';

export interface HousekeepingOptions {
  readonly session: Session;
  readonly database: string;
  /** The name of this relay among its peers. */
  readonly instance: string;
  readonly limits: LaneLimits;
  readonly logger: Logger;
}

/**
 * What a leading lane does beside draining, each at its interval: see whether an operator has paused it or an aggregate waits, raise the
 * low-water mark, look below it, and ask whether another relay should lead.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #mark = new LowWaterMark();
  #isPaused = false;
  #hasBlocked = false;
  #seenRows = false;
  #deleted = 0;
  #otherPreferred = 0;
  #nextAt = 0;
  #nextBelowAt: number;
  #nextPeersAt: number;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#nextBelowAt = performance.now() + options.limits.belowMarkMs;
    this.#nextPeersAt = performance.now() + options.limits.peersMs;
  }

  /** Where reading starts. */
  get mark(): number {
    return this.#mark.value;
  }

  /** True once another relay that should lead was there at two looks in a row: the lane ends in order, and that one takes over. */
  get shouldHandOver(): boolean {
    return this.#otherPreferred >= 2;
  }

  /** True while an operator has paused the lane: then nothing is published. Known from the first run on. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True while an aggregate waits for its failed row, as of the last run. */
  get hasBlocked(): boolean {
    return this.#hasBlocked;
  }

  /** Rows were read, so there will be something for the mark to pass. */
  sawRows(): void {
    this.#seenRows = true;
  }

  /** Rows were deleted, which the mark may pass. */
  sawDeleted(count: number): void {
    this.#deleted += count;
  }

  isDue(): boolean {
    return performance.now() >= this.#nextAt || this.#deleted >= this.#options.limits.housekeepingRows;
  }

  async run(): Promise<void> {
    const { session, limits } = this.#options;
    const now = performance.now();
    this.#nextAt = now + limits.housekeepingMs;
    this.#deleted = 0;
    await this.#lookAtState();
    if (this.#seenRows) this.#seenRows = await this.#mark.advance(session);
    if (now >= this.#nextBelowAt) await this.#lookBelow();
    if (now >= this.#nextPeersAt) await this.#lookAtPeers();
  }

  async #lookAtState(): Promise<void> {
    const { session, logger } = this.#options;
    const { rows } = await session.query<{ pause: string | null; has_blocked: boolean }>({
      name: 'read-state',
      text: `SELECT (SELECT reason FROM outbox_pause) AS pause, EXISTS (SELECT FROM outbox_blocked) AS has_blocked`,
    });
    const reason = rows[0]?.pause ?? undefined;
    if (reason !== undefined && !this.#isPaused) logger.warn('lane is paused by an operator', { reason });
    if (reason === undefined && this.#isPaused) logger.info('lane is resumed');
    this.#isPaused = reason !== undefined;
    this.#hasBlocked = rows[0]?.has_blocked ?? false;
  }

  async #lookBelow(): Promise<void> {
    const { session, limits, logger } = this.#options;
    this.#nextBelowAt = performance.now() + limits.belowMarkMs;
    const id = await this.#mark.check(session);
    if (id !== undefined) logger.error('an outbox row appeared below the low-water mark', { id });
  }

  async #lookAtPeers(): Promise<void> {
    const { session, database, instance, limits } = this.#options;
    this.#nextPeersAt = performance.now() + limits.peersMs;
    const preferred = preferredRelay(database, await readPeers(session));
    this.#otherPreferred = preferred === instance ? 0 : this.#otherPreferred + 1;
  }
}
