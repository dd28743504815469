import { appendFileSync } from 'node:fs';
import type { ScenarioReport } from '@sagacity/scripts/chaos/scenario-reports';

/** How a scenario runs: its size, the numbers that its seed gives, and how it tells what came of it. */
export interface Scenario {
  readonly name: string;
  readonly seed: number;
  /** How many orders it places, or of what else it is. */
  readonly orders: number;
  readonly isFullSize: boolean;
  /** For mocha. */
  readonly timeoutMs: number;
  /** The next number from 0 up to 1. */
  random(): number;
  /** The next whole number below the limit. */
  pick(limit: number): number;
  /** One line of progress. */
  say(line: string): void;
  /** The lines of a table, its columns as wide as what stands in them. */
  table(rows: readonly (readonly (string | number)[])[]): void;
  /** Tells `make chaos` what goes into its summary. */
  report(result: { readonly ends: Readonly<Record<string, number>>; readonly clean: boolean }): void;
}

/**
 * Opens a scenario: small in `make test`, of full size in `make chaos`, where ORDERS sets another number unless the number is
 * the point of it. The seed stands in its first line and makes the same decisions again.
 */
export function openScenario(
  name: string,
  size: {
    readonly test: number;
    readonly chaos: number;
    readonly isFixed?: boolean;
    readonly what?: 'messages' | 'requests';
  },
): Scenario {
  const isFullSize = process.env.CHAOS_FULL_SIZE === '1';
  const seed = Number(process.env.CHAOS_SEED ?? 1 + Math.floor(Math.random() * 1_000_000));
  const wanted = size.isFixed ? undefined : process.env.CHAOS_ORDERS;
  const orders = isFullSize ? Number(wanted ?? size.chaos) : size.test;
  const since = performance.now();
  const random = numbersOf(seed);
  const say = (line: string) =>
    console.log(`${((performance.now() - since) / 1000).toFixed(1).padStart(9)} s  ${line}`);
  console.log(`${name}: ${orders} ${size.what ?? 'orders'}, seed ${seed}`);
  return {
    name,
    seed,
    orders,
    isFullSize,
    timeoutMs: isFullSize ? 45 * 60_000 : 9 * 60_000,
    random,
    pick: (limit) => Math.floor(random() * limit),
    say,
    table: (rows) => console.log(layOut(rows).join('\n')),
    report: ({ ends, clean }) => {
      const report: ScenarioReport = {
        scenario: name,
        orders,
        ends,
        clean,
        seconds: (performance.now() - since) / 1000,
      };
      const path = process.env.CHAOS_REPORT;
      if (path) appendFileSync(path, `${JSON.stringify(report)}\n`);
    },
  };
}

/** A sequence of numbers that the seed decides alone (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function layOut(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
  }
  const cellOf = (cell: string | number, column: number) =>
    typeof cell === 'number' ? String(cell).padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return rows.map((row) => `    ${row.map(cellOf).join('  ')}`.trimEnd());
}
