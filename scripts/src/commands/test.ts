import { reportTrouble, Trouble } from '../os/tell.ts';
import { onOwnInstance } from '../test-run/on-own-instance.ts';
import { exitCodeOf, type Outcome, summarise } from '../test-run/results.ts';
import { runAll } from '../test-run/run-all.ts';
import { findTestFiles } from '../test-run/test-files.ts';

/** Runs all tests (those whose path contains ONLY) on an instance of their own, and ends it. */
export async function test(): Promise<void> {
  const since = performance.now();
  const outcomes = await onOwnInstance('test', async (instance) => {
    try {
      const files = findTestFiles(process.env.ONLY).filter(({ kind }) => kind !== 'containers');
      return await runAll(instance, files);
    } catch (error) {
      return [cannotRun(error)];
    }
  });
  console.log(summarise(outcomes, performance.now() - since));
  process.exitCode = exitCodeOf(outcomes);
}

/** Servers that do not start are a failed test, so that the counts at the end always stand. */
function cannotRun(error: unknown): Outcome {
  if (!(error instanceof Trouble)) throw error;
  reportTrouble(error);
  const failures = [{ title: error.message, detail: error.advice }];
  return { kind: 'component', title: 'make test', files: 0, passed: 0, failures, ms: 0 };
}
