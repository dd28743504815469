import { DutyCycle } from './duty-cycle.ts';

export interface GatheringOptions {
  readonly maxBatch: number;
  /** How long an item that may wait does so at most, in milliseconds. */
  readonly gatherMs: number;
  /** See DutyCycle; 1 is no limit. */
  readonly dutyCycle: number;
}

/**
 * What has arrived and is not at work yet, in its order, and when it is to be: at once when a batch is full or something is there that may
 * not wait, unless the duty cycle says later; else when the first has waited long enough. All times are milliseconds of one clock.
 */
export class Gathering<T> {
  readonly #options: GatheringOptions;
  readonly #duty: DutyCycle;
  readonly #items: T[] = [];
  #hasUrgent = false;
  #gatheredAt = Number.POSITIVE_INFINITY;

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#duty = new DutyCycle(options.dutyCycle);
  }

  add(item: T, mayWait: boolean, now: number): void {
    this.#items.push(item);
    if (mayWait) this.#gatheredAt = Math.min(this.#gatheredAt, now + this.#options.gatherMs);
    else this.#hasUrgent = true;
  }

  /** From when on there is a batch to be taken; infinite when nothing is there. */
  get dueAt(): number {
    if (this.#items.length >= this.#options.maxBatch) return Number.NEGATIVE_INFINITY;
    return this.#hasUrgent ? Math.min(this.#duty.nextAt, this.#gatheredAt) : this.#gatheredAt;
  }

  take(): T[] {
    const batch = this.#items.splice(0, this.#options.maxBatch);
    // What is left has waited.
    this.#hasUrgent = this.#items.length > 0;
    this.#gatheredAt = Number.POSITIVE_INFINITY;
    return batch;
  }

  takeAll(): T[] {
    const all = this.#items.splice(0);
    this.#hasUrgent = false;
    this.#gatheredAt = Number.POSITIVE_INFINITY;
    return all;
  }

  /** Notes how long a batch was at work. */
  worked(startedAt: number, endedAt: number): void {
    this.#duty.worked(startedAt, endedAt);
  }
}
