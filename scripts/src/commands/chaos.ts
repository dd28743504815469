import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ChaosSize, chaosEnvironment, readChaosSize } from '../chaos/chaos-size.ts';
import { readScenarioReports, summariseScenarios } from '../chaos/scenario-reports.ts';
import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { say, Trouble } from '../os/tell.ts';
import { completeProcesses, launchProcesses, prepareDatabases, startServers } from '../system/start-system.ts';
import { discardSystem } from '../system/stop-system.ts';
import { emptyInstance } from '../test-run/empty-instance.ts';
import { exitCodeOf, type Outcome } from '../test-run/results.ts';
import { tell } from '../test-run/run-all.ts';
import { runMocha } from '../test-run/run-mocha.ts';
import { serverEnvironment, systemEnvironment, testSettings } from '../test-run/test-environment.ts';
import { findTestFiles } from '../test-run/test-files.ts';

/** Away from `make up` and `make test`, which may run beside it. */
const portShift = 16_000;
const scenarioDeadlineMs = 60 * 60_000;

/**
 * Runs the scenarios of test/faults (those whose path contains ONLY) at full size, one after the other, on an instance
 * of its own with durable servers; prints one table at the end and ends the instance.
 */
export async function chaos(): Promise<void> {
  const size = readChaosSize(process.env);
  const only = process.env.ONLY ?? '';
  const files = findTestFiles(only).flatMap(({ kind, path }) => (kind === 'faults' ? [path] : []));
  if (files.length === 0) throw new Trouble(`no scenario has ${only} in its path`, 'they stand in test/faults');
  const instance = openInstance('chaos');
  await withLock(instance, async () => {
    process.once('SIGINT', () => void discardSystem(instance).then(() => process.exit(130)));
    await emptyInstance(instance);
    try {
      await runScenarios(instance, files, size);
    } finally {
      await discardSystem(instance);
    }
  });
}

async function runScenarios(instance: Instance, files: string[], size: ChaosSize): Promise<void> {
  const context = await startServers(instance, testSettings(instance.name), {
    shift: portShift,
    volatile: false,
    prepare: async (prepared) => {
      await prepareDatabases(instance, prepared);
      await launchProcesses(instance, prepared);
    },
  });
  await completeProcesses(instance, context);
  const reportPath = join(instance.folder, 'scenarios.jsonl');
  rmSync(reportPath, { force: true });
  const env = {
    ...serverEnvironment(context),
    ...systemEnvironment(instance, context, { volatile: false }),
    ...chaosEnvironment(size, reportPath),
  };
  say(`seed ${size.seed}, ${availableParallelism()} cores`);
  const outcomes: Outcome[] = [];
  for (const [index, path] of files.entries()) {
    say(`${index + 1} of ${files.length}: ${path}`);
    const onOutput = (text: string) => void process.stdout.write(text);
    const run = { kind: 'faults' as const, title: path, files: [path], env, onOutput, deadlineMs: scenarioDeadlineMs };
    outcomes.push(tell(path, await runMocha(run)));
  }
  console.log(summariseScenarios(readScenarioReports(reportPath), outcomes, size));
  process.exitCode = exitCodeOf(outcomes);
}
