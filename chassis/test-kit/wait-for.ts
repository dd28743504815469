import { setTimeout as delay } from 'node:timers/promises';

const usualPollMs = 10;

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/**
 * Resolves with the first truthy value of the condition, polled every 10 ms unless told otherwise; throws after the deadline with the description
 * and the last error, so that a failing test says what it waited for.
 */
export async function waitFor<T>(
  description: string,
  condition: () => T | Promise<T>,
  deadlineMs = 5_000,
  pollMs = usualPollMs,
): Promise<Truthy<T>> {
  const until = performance.now() + deadlineMs;
  let lastError: unknown;
  while (performance.now() < until) {
    try {
      const value = await condition();
      if (value) return value as Truthy<T>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(pollMs);
  }
  throw new Error(`waited ${deadlineMs} ms in vain: ${description}`, { cause: lastError });
}
