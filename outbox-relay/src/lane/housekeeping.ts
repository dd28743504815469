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
 * What a leading lane does beside draining, each at its interval: see whether an operator has paused it, raise the low-water mark, look
 * below it, and ask whether another relay should lead.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #mark = new LowWaterMark();
  #isPaused = false;
  #seenRows = false;
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

  /** Rows were read, so there will be something for the mark to pass. */
  sawRows(): void {
    this.#seenRows = true;
  }

  isDue(): boolean {
    return performance.now() >= this.#nextAt;
  }

  async run(): Promise<void> {
    const { session, limits } = this.#options;
    const now = performance.now();
    this.#nextAt = now + limits.housekeepingMs;
    await this.#lookForPause();
    if (this.#seenRows) this.#seenRows = await this.#mark.advance(session);
    if (now >= this.#nextBelowAt) await this.#lookBelow();
    if (now >= this.#nextPeersAt) await this.#lookAtPeers();
  }

  async #lookForPause(): Promise<void> {
    const { session, logger } = this.#options;
    const statement = { name: 'read-pause', text: 'SELECT reason FROM outbox_pause' };
    const [pause] = (await session.query<{ reason: string }>(statement)).rows;
    if (pause && !this.#isPaused) logger.warn('lane is paused by an operator', { reason: pause.reason });
    if (!pause && this.#isPaused) logger.info('lane is resumed');
    this.#isPaused = pause !== undefined;
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
