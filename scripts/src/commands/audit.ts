import { spawnSync } from 'node:child_process';
import { findInstance, projectFolder } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { openSecrets } from '../instance/secrets.ts';
import { Trouble } from '../os/tell.ts';
import { readSettings } from '../settings/settings.ts';
import { auditEnvironment } from '../system/process-environment.ts';

/** Audits the instance's databases; the exit code is the audit's: 0 clean, 1 breaches, 2 when it could not run. */
export async function audit(): Promise<void> {
  const settings = readSettings();
  const instance = findInstance(settings.name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`${instance.name} was never started`, 'make up');
  const { status } = spawnSync(process.execPath, ['audit/src/main.ts'], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...auditEnvironment({ ports, secrets: openSecrets(instance), settings }) },
  });
  process.exitCode = status ?? 2;
}
