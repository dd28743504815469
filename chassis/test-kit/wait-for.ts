import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 10;

/**
 * Resolves with the first truthy value of the condition, polled every 10 ms; throws after the deadline with the description
 * and the last error, so that a failing test says what it waited for.
 */
export async function waitFor<T>(
  description: string,
  condition: () => T | Promise<T>,
  deadlineMs = 5_000,
): Promise<NonNullable<Awaited<T>>> {
  const until = performance.now() + deadlineMs;
  let lastError: unknown;
  while (performance.now() < until) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<Awaited<T>>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await delay(pollMs);
  }
  throw new Error(`waited ${deadlineMs} ms in vain: ${description}`, { cause: lastError });
}
