const firstDelayMs = 250;
const longestDelayMs = 30_000;

/** How long a process must have run for its next end to count as the first again. */
export const steadyAfterMs = 30_000;

/** The pause before a restart: 250 ms after the first end in a row, doubled for each further one, at most 30 s. */
export function restartDelayMs(endsInARow: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, endsInARow - 1));
}
