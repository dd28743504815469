const ratio = 0.2;
const floorPerSecond = 10;
const windowMs = 10_000;

/** Allows retries up to 20 % of the requests of the last ten seconds, plus ten a second, so that retries never multiply an overload (as Linkerd's budgets do). */
export class RetryBudget {
  readonly #now: () => number;
  #windowStart: number;
  #requests = 0;
  #retries = 0;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#windowStart = now();
  }

  countRequest(): void {
    this.#roll();
    this.#requests += 1;
  }

  /** True when one more retry may be made, which is then counted. */
  take(): boolean {
    this.#roll();
    const allowed = this.#requests * ratio + (floorPerSecond * windowMs) / 1000;
    if (this.#retries >= allowed) return false;
    this.#retries += 1;
    return true;
  }

  #roll(): void {
    if (this.#now() - this.#windowStart < windowMs) return;
    this.#windowStart = this.#now();
    this.#requests = 0;
    this.#retries = 0;
  }
}
