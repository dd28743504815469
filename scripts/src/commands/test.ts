import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { discardSystem } from '../system/stop-system.ts';
import { exitCodeOf, summarise } from '../test-run/results.ts';
import { runAll } from '../test-run/run-all.ts';
import { findTestFiles } from '../test-run/test-files.ts';

/** Runs all tests (those whose path contains ONLY) on an instance of their own, and ends it. */
export async function test(): Promise<void> {
  const since = performance.now();
  const instance = openInstance('test');
  const outcomes = await withLock(instance, async () => {
    process.once('SIGINT', () => void discardSystem(instance).then(() => process.exit(130)));
    await emptyInstance(instance);
    try {
      return await runAll(instance, findTestFiles(process.env.ONLY));
    } finally {
      await discardSystem(instance);
    }
  });
  console.log(summarise(outcomes, performance.now() - since));
  process.exitCode = exitCodeOf(outcomes);
}

/** Ends what an earlier run left and removes its data, so that each run starts from nothing. */
async function emptyInstance(instance: Instance): Promise<void> {
  await discardSystem(instance);
  for (const name of ['postgres', 'redis', 'rabbitmq', 'epmd', 'logs', 'processes.json', 'supervisor.json']) {
    rmSync(join(instance.folder, name), { recursive: true, force: true });
  }
  openInstance(instance.name);
}
