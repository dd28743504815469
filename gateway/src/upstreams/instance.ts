import CircuitBreaker from 'opossum';

/** What became of one attempt to have a request answered by an instance. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'refused' | 'reset' | 'timeout' | 'breaker_open' };

/** True when the attempt speaks against the instance rather than against the request. */
export function isFailure(outcome: Outcome): boolean {
  return outcome.kind !== 'answered' || [502, 503, 504].includes(outcome.status);
}

class FailedAttempt extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

const ejectAfterFailures = 5;
const ejectionStepMs = 5_000;
const longestEjectionMs = 60_000;

/**
 * One running instance of a service as this gateway sees it: requests in flight, failures in a row, ejection and a circuit breaker.
 * After 5 failures in a row it is ejected for 5 s, then 10 s and so on up to 60 s; one success forgets all of it.
 */
export class Instance {
  readonly url: string;
  inFlight = 0;
  #failuresInARow = 0;
  #ejections = 0;
  #ejectedUntil = 0;
  readonly #now: () => number;
  readonly #breaker: CircuitBreaker<[() => Promise<Outcome>], Outcome>;

  constructor(url: string, now: () => number = Date.now) {
    this.url = url;
    this.#now = now;
    this.#breaker = new CircuitBreaker(throwFailures, {
      // Time is limited by the proxy; opossum's own timer would not stop the request.
      timeout: false,
      errorThresholdPercentage: 50,
      volumeThreshold: 20,
      rollingCountTimeout: 10_000,
      rollingCountBuckets: 10,
      resetTimeout: 5_000,
    });
  }

  get ejected(): boolean {
    return this.#now() < this.#ejectedUntil;
  }

  get open(): boolean {
    return this.#breaker.opened;
  }

  /** Runs one attempt through the breaker and learns from its outcome; never throws for a failed attempt. */
  async attempt(work: () => Promise<Outcome>): Promise<Outcome> {
    this.inFlight += 1;
    try {
      const outcome = await this.#breaker.fire(work).catch(outcomeOf);
      this.#learn(outcome);
      return outcome;
    } finally {
      this.inFlight -= 1;
    }
  }

  /** Ends the breaker's timers. */
  close(): void {
    this.#breaker.shutdown();
  }

  #learn(outcome: Outcome): void {
    if (!isFailure(outcome)) {
      this.#failuresInARow = 0;
      this.#ejections = 0;
      return;
    }
    this.#failuresInARow += 1;
    if (this.#failuresInARow < ejectAfterFailures) return;
    this.#failuresInARow = 0;
    this.#ejections += 1;
    this.#ejectedUntil = this.#now() + Math.min(longestEjectionMs, this.#ejections * ejectionStepMs);
  }
}

async function throwFailures(work: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = await work();
  if (isFailure(outcome)) throw new FailedAttempt(outcome);
  return outcome;
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof FailedAttempt) return error.outcome;
  const code = (error as { code?: string }).code;
  if (code === 'EOPENBREAKER') return { kind: 'breaker_open' };
  throw error;
}
