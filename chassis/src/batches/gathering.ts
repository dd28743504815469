import { DutyCycle } from './duty-cycle.ts';

/**
 * `now`: as soon as the batch before is done. `paced`: within the duty cycle. `idle`: with the next others, or when it has waited for them
 * long enough.
 */
export type Urgency = 'now' | 'paced' | 'idle';

export interface GatheringOptions {
  readonly maxBatch: number;
  /** How long an idle item waits at most, in milliseconds. */
  readonly gatherMs: number;
  /** Of the paced ones, see DutyCycle; without it they do not wait. */
  readonly dutyCycle?: number;
}

/**
 * What has arrived and is not at work yet, in its order, and when it is to be: all of it as soon as the most urgent is due, or a batch is
 * full. All times are milliseconds of one clock.
 */
export class Gathering<T> {
  readonly #options: GatheringOptions;
  readonly #duty: DutyCycle | undefined;
  readonly #items: T[] = [];
  #isDueNow = false;
  #hasPaced = false;
  #gatheredAt = Number.POSITIVE_INFINITY;

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#duty = options.dutyCycle === undefined ? undefined : new DutyCycle(options.dutyCycle);
  }

  add(item: T, urgency: Urgency, now: number): void {
    this.#items.push(item);
    if (urgency === 'now') this.#isDueNow = true;
    else if (urgency === 'paced') this.#hasPaced = true;
    else this.#gatheredAt = Math.min(this.#gatheredAt, now + this.#options.gatherMs);
  }

  /** From when on there is a batch to be taken; infinite when nothing is there. */
  get dueAt(): number {
    if (this.#isDueNow || this.#items.length >= this.#options.maxBatch) return Number.NEGATIVE_INFINITY;
    const pacedAt = this.#duty?.nextAt ?? Number.NEGATIVE_INFINITY;
    return this.#hasPaced ? Math.min(pacedAt, this.#gatheredAt) : this.#gatheredAt;
  }

  take(): T[] {
    const batch = this.#items.splice(0, this.#options.maxBatch);
    // What is left has waited.
    this.#isDueNow = this.#items.length > 0;
    this.#hasPaced = false;
    this.#gatheredAt = Number.POSITIVE_INFINITY;
    return batch;
  }

  takeAll(): T[] {
    const all = this.#items.splice(0);
    this.#isDueNow = false;
    this.#hasPaced = false;
    this.#gatheredAt = Number.POSITIVE_INFINITY;
    return all;
  }

  /** Notes how long a batch was at work. */
  worked(startedAt: number, endedAt: number): void {
    this.#duty?.worked(startedAt, endedAt);
  }
}
