import { spawnSync } from 'node:child_process';
import { findInstance, projectFolder } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { openSecrets } from '../instance/secrets.ts';
import { Trouble } from '../os/tell.ts';
import { readSettings } from '../settings/settings.ts';
import { outboxEnvironment } from '../system/process-environment.ts';

/** Runs the operator's command of the relay, `DO DB ID… --reason REASON --by BY`, on the instance's databases; `DO=lanes` when left out. */
export async function outbox(): Promise<void> {
  const settings = readSettings();
  const instance = findInstance(settings.name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`${instance.name} was never started`, 'make up');
  const { status } = spawnSync(process.execPath, ['outbox-relay/src/outbox.ts', ...outboxArguments(process.env)], {
    cwd: projectFolder,
    stdio: 'inherit',
    env: { ...process.env, ...outboxEnvironment({ ports, secrets: openSecrets(instance), settings }) },
  });
  process.exitCode = status ?? 1;
}

export function outboxArguments({ DO, DB, ID, REASON, BY }: NodeJS.ProcessEnv): string[] {
  const ids = ID?.split(',').filter((id) => id !== '') ?? [];
  if (ids.length > 0 && !DB) throw new Trouble('ID without DB', 'DB=orders_db says in which database');
  return [
    DO || 'lanes',
    ...(DB ? [DB] : []),
    ...ids,
    ...(REASON ? [`--reason=${REASON}`] : []),
    ...(BY ? [`--by=${BY}`] : []),
  ];
}
