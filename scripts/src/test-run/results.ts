import { type TestKind, testKinds } from './test-files.ts';

const longestText = 2_000;

export type Failure = { title: string; detail: string };

/** What came of the tests of some files of one kind. */
export type Outcome = {
  kind: TestKind;
  /** What was run: the file, or what stands for several. */
  title: string;
  files: number;
  passed: number;
  failures: Failure[];
  ms: number;
};

/** The part of mocha's JSON report that counts here. */
export type MochaReport = {
  stats: { passes: number; duration?: number };
  failures: MochaTest[];
  pending: MochaTest[];
};

type MochaTest = { fullTitle: string; err: MochaError };

/** What was got and what was expected are texts, where the assertion tells them. */
type MochaError = { message?: string; stack?: string; actual?: unknown; expected?: unknown };

/** Reads mocha's report. A test that was left out counts as failed: nothing may be skipped unnoticed. */
export function readReport(report: MochaReport): Pick<Outcome, 'passed' | 'failures'> {
  const failed = report.failures.map(({ fullTitle, err }) => ({ title: fullTitle, detail: detailOf(err) }));
  const leftOut = report.pending.map(({ fullTitle }) => ({ title: fullTitle, detail: 'is skipped' }));
  return { passed: report.stats.passes, failures: [...failed, ...leftOut] };
}

/** chai leaves most of an object out of its message. */
function detailOf({ stack, message, actual, expected }: MochaError): string {
  const said = stack ?? message ?? 'no error was given';
  if (typeof actual !== 'string' || typeof expected !== 'string') return said;
  return `${said}\ngot ${shortened(actual)}\nexpected ${shortened(expected)}`;
}

function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/**
 * The lines of the summary: each failure again at length, one line per kind with times, and alone on the last one
 * `N passed, N failed`.
 */
export function summarise(outcomes: Outcome[], wallMs: number): string {
  const rows = testKinds
    .map((kind) => ({ kind, of: outcomes.filter((outcome) => outcome.kind === kind) }))
    .filter(({ of }) => of.length > 0)
    .map(({ kind, of }) =>
      line(
        kind,
        sum(of, ({ files }) => files),
        sum(of, passedOf),
        sum(of, failedOf),
        sum(of, ({ ms }) => ms),
      ),
    );
  const head = `${'kind'.padEnd(12)}${'files'.padStart(7)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`;
  const passed = sum(outcomes, passedOf);
  const failed = sum(outcomes, failedOf);
  const wall = `took ${(wallMs / 1000).toFixed(1)} s`;
  return ['', ...repeated(outcomes), head, ...rows, wall, '', `${passed} passed, ${failed} failed`].join('\n');
}

/** A failure at length: what was run, the test, and what it said. */
export function failureText(title: string, failure: Failure): string {
  return `✖ ${title}: ${failure.title}\n${failure.detail.replaceAll(/^/gm, '    ')}\n`;
}

function repeated(outcomes: Outcome[]): string[] {
  const texts = outcomes.flatMap(({ title, failures }) => failures.map((failure) => failureText(title, failure)));
  return texts.length === 0 ? [] : ['what failed:', '', ...texts];
}

/** 0 when something ran and nothing failed. */
export function exitCodeOf(outcomes: Outcome[]): 0 | 1 {
  return sum(outcomes, passedOf) > 0 && sum(outcomes, failedOf) === 0 ? 0 : 1;
}

function line(kind: string, files: number, passed: number, failed: number, ms: number): string {
  const numbers = [String(files).padStart(7), String(passed).padStart(8), String(failed).padStart(8)];
  return `${kind.padEnd(12)}${numbers.join('')}${(ms / 1000).toFixed(1).padStart(9)}`;
}

function passedOf({ passed }: Outcome): number {
  return passed;
}

function failedOf({ failures }: Outcome): number {
  return failures.length;
}

function sum<T>(items: T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
