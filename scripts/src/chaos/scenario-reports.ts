import { existsSync, readFileSync } from 'node:fs';
import type { Outcome } from '../test-run/results.ts';

/** What one scenario says about itself, one line of JSON in the report file. */
export type ScenarioReport = {
  scenario: string;
  orders: number;
  /** Number of orders by the status in which they ended. */
  ends: Record<string, number>;
  seconds: number;
  /** True when the audit at its end found every check clean. */
  clean: boolean;
};

const shownEnds = ['confirmed', 'rejected', 'cancelled'];

/** The reports of a run in their order; none when no scenario came to its end. */
export function readScenarioReports(path: string): ScenarioReport[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as ScenarioReport);
}

/** One table of all scenarios, what failed, and on the last line the counts of the tests. */
export function summariseScenarios(reports: ScenarioReport[], outcomes: Outcome[], { seed }: { seed: number }): string {
  const rows = reports.map(({ scenario, orders, ends, seconds, clean }) =>
    row([
      scenario,
      orders,
      ...shownEnds.map((end) => ends[end] ?? 0),
      otherEnds(ends),
      seconds.toFixed(0),
      clean ? 'clean' : 'NOT CLEAN',
    ]),
  );
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  return [
    '',
    row(['scenario', 'orders', ...shownEnds, 'other', 'seconds', 'audit']),
    ...rows,
    ...(failures.length === 0 ? [] : ['', ...failures.map(({ title }) => `✖ ${title}`)]),
    '',
    `seed ${seed}: the same again by make chaos SEED=${seed}`,
    `${passed} passed, ${failures.length} failed`,
  ].join('\n');
}

/** Orders that ended in no legal end. */
function otherEnds(ends: Record<string, number>): number {
  return Object.entries(ends).reduce((sum, [end, count]) => (shownEnds.includes(end) ? sum : sum + count), 0);
}

function row([name, ...cells]: (string | number)[]): string {
  return `${String(name).padEnd(52)}${cells.map((cell) => String(cell).padStart(11)).join('')}`;
}
