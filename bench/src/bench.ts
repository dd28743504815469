import type { Outcome } from './figures.ts';

/** What a bench is given. */
export interface BenchRun {
  /** Fewer and shorter repetitions, to see that it works. */
  readonly quick: boolean;
  /** One line of progress. */
  say(line: string): void;
}

export type Bench = (run: BenchRun) => Promise<Outcome>;

/** A setting that the command which starts the benches gives to each of them. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the benches by "make bench"`);
  return value;
}
