/** Decides whether one more retry may be sent, so that retries never multiply the load on a server that is in trouble. */
export interface RetryBudget {
  /** Called once for each request, not for its retries. */
  earn(): void;
  /** Takes one retry out of the budget; false when none is left. */
  spend(): boolean;
}

export interface RetryBudgetOptions {
  /** Share of the requests that may be retried, in per cent; default 20. */
  readonly percent?: number;
  /** Retries a second that are always allowed, for quiet times; default 10. */
  readonly reservePerSecond?: number;
  /** Milliseconds, from any start. */
  readonly now?: () => number;
}

/** What a retry costs of what requests earn in per cent, and the most that is saved up. */
const cost = 100;
const mostSaved = 50 * cost;

/** A budget of 20 % of the requests plus ten retries a second. */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { percent = 20, reservePerSecond = 10, now = () => performance.now() } = options;
  let earned = 0;
  let reserve = reservePerSecond;
  let refilledAt = now();

  const refill = () => {
    const at = now();
    reserve = Math.min(reservePerSecond, reserve + ((at - refilledAt) / 1000) * reservePerSecond);
    refilledAt = at;
  };

  return {
    earn: () => {
      earned = Math.min(mostSaved, earned + percent);
    },
    spend: () => {
      refill();
      if (earned >= cost) earned -= cost;
      else if (reserve >= 1) reserve -= 1;
      else return false;
      return true;
    },
  };
}
