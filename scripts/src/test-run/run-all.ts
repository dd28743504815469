import { availableParallelism } from 'node:os';
import type { Instance } from '../instance/instance.ts';
import { say, Trouble } from '../os/tell.ts';
import type { SystemContext } from '../system/process-environment.ts';
import { runMigrationStep } from '../system/run-migrations.ts';
import { completeProcesses, launchProcesses, prepareDatabases, startServers } from '../system/start-system.ts';
import { failureText, type Outcome } from './results.ts';
import { runMocha } from './run-mocha.ts';
import { runSideBySide } from './run-side-by-side.ts';
import { serverEnvironment, systemEnvironment, testSettings } from './test-environment.ts';
import type { TestFile, TestKind } from './test-files.ts';

/** Away from the usual ports: those belong to `make up`. */
const portShift = 12_000;

/**
 * Runs the files on the instance, which starts as little as they need: nothing for unit tests, servers for
 * component tests (as many files at once as there are cores), all processes for the rest (one file at a time).
 */
export async function runAll(instance: Instance, files: TestFile[]): Promise<Outcome[]> {
  const of = (...kinds: TestKind[]) => files.filter(({ kind }) => kinds.includes(kind));
  const [context, unit] = await Promise.all([
    files.length > of('unit').length ? startTestServers(instance) : undefined,
    runUnitTests(of('unit')),
  ]);
  if (context === undefined) return unit;
  const component = await runSideBySide(of('component'), availableParallelism(), (file) =>
    runFile(file, serverEnvironment(context)),
  );
  return [...unit, ...component, ...(await runOnWholeSystem(instance, context, of('end to end', 'faults')))];
}

function startTestServers(instance: Instance): Promise<SystemContext> {
  say('starting servers for the tests, durability off; unit tests meanwhile');
  const prepare = (context: SystemContext) => runMigrationStep('templates', instance, context);
  return startServers(instance, testSettings(), { shift: portShift, volatile: true, prepare });
}

async function runUnitTests(files: TestFile[]): Promise<Outcome[]> {
  if (files.length === 0) return [];
  const run = { kind: 'unit' as const, title: 'unit tests', files: files.map(({ path }) => path), env: {} };
  return [tell(await runMocha(run))];
}

async function runFile({ kind, path }: TestFile, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return tell(await runMocha({ kind, title: path, files: [path], env }));
}

async function runOnWholeSystem(instance: Instance, context: SystemContext, files: TestFile[]): Promise<Outcome[]> {
  const [first] = files;
  if (first === undefined) return [];
  try {
    await prepareDatabases(instance, context);
    await launchProcesses(instance, context);
    await completeProcesses(instance, context);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const failures = [{ title: 'the system starts', detail: error.message }];
    const title = 'start of the system';
    return [tell({ kind: first.kind, title, files: files.length, passed: 0, failures, ms: 0 })];
  }
  const env = {
    ...serverEnvironment(context),
    ...systemEnvironment(instance, context, { volatile: true }),
  };
  return runSideBySide(files, 1, (file) => runFile(file, env));
}

/** One line for what a file's tests came to, and each failure at length. */
export function tell(outcome: Outcome): Outcome {
  const { title, passed, failures, ms } = outcome;
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed`;
  say(`${failures.length === 0 ? '✔' : '✖'} ${title}  ${passed} passed${failed}  ${(ms / 1000).toFixed(1)} s`);
  for (const failure of failures) console.log(`\n${failureText(title, failure)}`);
  return outcome;
}
