import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** Lets a bounded number of works run at once and a bounded number wait. */
export interface BoundedGate {
  /** Runs the work when its turn comes, in order of arrival; throws `service.unavailable` at once when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
  waiting(): number;
}

export function createBoundedGate(limits: { readonly atOnce: number; readonly waiting: number }): BoundedGate {
  const queue: (() => void)[] = [];
  let running = 0;
  const enter = () => {
    if (running < limits.atOnce) {
      running += 1;
      return undefined;
    }
    if (queue.length >= limits.waiting) {
      throw new DomainError('service.unavailable', 'Too many logins at the moment; try again soon.', {
        retryAfterSeconds: 1,
      });
    }
    return new Promise<void>((resolve) => queue.push(resolve));
  };
  // The place is handed on, not given back, so that nobody overtakes the queue.
  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    run: async (work) => {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    waiting: () => queue.length,
  };
}
