import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ChaosSize, readChaosSize } from '../chaos/chaos-size.ts';
import { chooseScenarios, runScenarios } from '../chaos/run-scenarios.ts';
import type { Instance } from '../instance/instance.ts';
import { completeProcesses, launchProcesses, prepareDatabases, startServers } from '../system/start-system.ts';
import { onOwnInstance } from '../test-run/on-own-instance.ts';
import { serverEnvironment, systemEnvironment, testSettings } from '../test-run/test-environment.ts';

/** Away from `make up` and `make test`, which may run beside it. */
const portShift = 16_000;

/**
 * Runs the scenarios of test/faults (those whose path contains ONLY) at full size, one after the other, on an instance
 * of its own with durable servers; prints one table at the end and ends the instance.
 */
export async function chaos(): Promise<void> {
  const size = readChaosSize(process.env);
  const files = chooseScenarios('faults');
  await onOwnInstance('chaos', (instance) => runNatively(instance, files, size));
}

async function runNatively(instance: Instance, files: string[], size: ChaosSize): Promise<void> {
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
  const env = { ...serverEnvironment(context), ...systemEnvironment(instance, context, { volatile: false }) };
  await runScenarios({ kind: 'faults', files, env, reportPath, size });
}
