import { setTimeout as delay } from 'node:timers/promises';

/** Asks every `everyMs` until the answer is true; answers false when the deadline passes first. */
export async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  { deadlineMs, everyMs = 50 }: { deadlineMs: number; everyMs?: number },
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > end) return false;
    await delay(everyMs);
  }
  return true;
}
