import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { openSecrets } from '../instance/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { containerFolder } from './project.ts';

/**
 * Writes the files that the containers of the instance are given: one per password, made at the first start, and the
 * settings of the processes. Containers read them under another account, so the folder is what keeps others out.
 */
export function writeProjectFiles(instance: Instance, settings: Settings): void {
  const folder = containerFolder(instance);
  mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 });
  for (const [name, value] of Object.entries(secretFiles(instance, settings))) {
    replace(join(folder, 'secrets', name), `${value}\n`);
  }
  const lines = Object.entries(settings.forProcesses).map(([key, value]) => `${key}=${quoted(value)}\n`);
  replace(join(folder, 'settings.env'), lines.join(''));
}

/** Everything that docker-compose.yml lists under secrets, by name. */
export function secretFiles(instance: Instance, { admin, forProcesses }: Settings): Record<string, string> {
  const { postgresAdmin, redis, rabbitmq, roles } = openSecrets(instance);
  const sandbox = forProcesses.SANDBOX_WEBHOOK_SECRET ?? 'sandbox-webhook-secret';
  return { postgres_admin: postgresAdmin, redis, rabbitmq, ...roles, admin: admin.password, sandbox_webhook: sandbox };
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o444 });
  renameSync(`${path}.new`, path);
}

/** A value that Compose reads as it stands: in single quotes there is no way to write a quote after a backslash. */
export function quoted(value: string): string {
  return `"${value.replaceAll(/[\\"$]/g, '\\$&')}"`;
}
