import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeInstance } from '../commands/down.ts';
import { discardContainers } from '../containers/commands.ts';
import { requireEngine } from '../containers/engine.ts';
import { projectOf } from '../containers/project.ts';
import { startContainers } from '../containers/up-in-containers.ts';
import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { onInterrupt } from '../os/on-interrupt.ts';
import type { Settings } from '../settings/settings.ts';
import { baseUrl } from '../system/process-environment.ts';
import { testSettings } from '../test-run/test-environment.ts';
import { readChaosSize } from './chaos-size.ts';
import { chooseScenarios, runScenarios } from './run-scenarios.ts';

/** Away from `make up`, which may run beside it. */
const portShift = 16_000;
const scale = 'gateway=2 product-service=3 order-service=2';

/**
 * Runs the scenarios of test/containers (those whose path contains ONLY) one after the other against the whole system
 * in containers, some services more than once and limits out of the way; prints one table and removes the containers.
 */
export async function chaosInContainers(): Promise<void> {
  const size = readChaosSize(process.env);
  const files = chooseScenarios('containers');
  requireEngine();
  const instance = openInstance('chaos-docker');
  const settings = testSettings(instance.name);
  const discard = () => void discardContainers(projectOf(instance, settings));
  await withLock(instance, async () => {
    // What is still being built or started would come after all had been removed.
    const starting = new AbortController();
    onInterrupt(() => {
      starting.abort();
      discard();
    });
    try {
      const { signal } = starting;
      const project = await startContainers(instance, settings, { shift: portShift, scale, signal });
      const reportPath = join(instance.folder, 'scenarios.jsonl');
      rmSync(reportPath, { force: true });
      const env = { ...project.environment, ...scenarioEnvironment(instance, settings) };
      await runScenarios({ kind: 'containers', files, env, reportPath, size });
    } finally {
      discard();
    }
  });
  removeInstance(instance);
}

/** What tests of the whole system read; databases and servers cannot be reached from outside. */
function scenarioEnvironment(instance: Instance, { admin }: Settings): NodeJS.ProcessEnv {
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Error('unreachable: the ports were just chosen');
  return {
    E2E_GATEWAY_URL: baseUrl(ports.GATEWAY_PORT),
    E2E_ADMIN_EMAIL: admin.email,
    E2E_ADMIN_PASSWORD: admin.password,
  };
}
