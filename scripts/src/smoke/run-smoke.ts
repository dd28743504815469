import type { Smoke } from './smoke-client.ts';
import type { SmokeStep } from './smoke-steps.ts';

export type SmokeResult = { title: string; outcome: 'passed' | 'failed' | 'left out'; detail: string; ms: number };

/** Takes the steps in order; one that fails does not keep the others from being tried. */
export async function runSmoke(steps: readonly SmokeStep[], smoke: Smoke): Promise<SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const { title, run } of steps) {
    const since = performance.now();
    const ms = () => Math.round(performance.now() - since);
    try {
      const detail = await run(smoke);
      if (detail === undefined) results.push({ title, outcome: 'left out', detail: 'no address was given', ms: ms() });
      else results.push({ title, outcome: 'passed', detail, ms: ms() });
    } catch (error) {
      results.push({
        title,
        outcome: 'failed',
        detail: error instanceof Error ? error.message : String(error),
        ms: ms(),
      });
    }
  }
  return results;
}

/** A line for each step, and alone on the last one `N passed, N failed`; what was left out counts as neither. */
export function smokeTable(results: readonly SmokeResult[]): string {
  const width = Math.max(...results.map(({ title }) => title.length));
  const lines = results.map(
    ({ title, outcome, detail, ms }) =>
      `${outcome.padEnd(9)} ${title.padEnd(width)} ${String(ms).padStart(6)} ms  ${detail}`,
  );
  const count = (wanted: SmokeResult['outcome']) => results.filter(({ outcome }) => outcome === wanted).length;
  return [...lines, '', `${count('passed')} passed, ${count('failed')} failed`].join('\n');
}

/** 0 when something passed and nothing failed. */
export function smokeExitCode(results: readonly SmokeResult[]): 0 | 1 {
  const outcomes = results.map(({ outcome }) => outcome);
  return outcomes.includes('passed') && !outcomes.includes('failed') ? 0 : 1;
}
