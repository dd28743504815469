import { availableParallelism } from 'node:os';
import { say, Trouble } from '../os/tell.ts';
import { exitCodeOf, type Outcome } from '../test-run/results.ts';
import { tell } from '../test-run/run-all.ts';
import { runMocha } from '../test-run/run-mocha.ts';
import { findTestFiles, type TestKind } from '../test-run/test-files.ts';
import { type ChaosSize, chaosEnvironment } from './chaos-size.ts';
import { readScenarioReports, summariseScenarios } from './scenario-reports.ts';

const scenarioDeadlineMs = 60 * 60_000;

export type ScenarioRun = {
  kind: TestKind;
  files: string[];
  env: NodeJS.ProcessEnv;
  reportPath: string;
  size: ChaosSize;
};

/** The scenarios of a kind whose path contains ONLY; an error when there is none. */
export function chooseScenarios(kind: 'faults' | 'containers'): string[] {
  const only = process.env.ONLY ?? '';
  const files = findTestFiles(only).flatMap((file) => (file.kind === kind ? [file.path] : []));
  if (files.length === 0) throw new Trouble(`no scenario has ${only} in its path`, `they stand in test/${kind}`);
  return files;
}

/** Runs scenarios one after the other and prints the table of all; the exit code is 1 when one of them failed. */
export async function runScenarios({ kind, files, env, reportPath, size }: ScenarioRun): Promise<void> {
  say(`seed ${size.seed}, ${availableParallelism()} cores`);
  const outcomes: Outcome[] = [];
  for (const [index, path] of files.entries()) {
    say(`${index + 1} of ${files.length}: ${path}`);
    const onOutput = (text: string) => void process.stdout.write(text);
    const full = { ...env, ...chaosEnvironment(size, reportPath) };
    const run = { kind, title: path, files: [path], env: full, onOutput, deadlineMs: scenarioDeadlineMs };
    outcomes.push(tell(await runMocha(run)));
  }
  console.log(summariseScenarios(readScenarioReports(reportPath), outcomes, size));
  process.exitCode = exitCodeOf(outcomes);
}
