import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import type { Settings } from '../settings/settings.ts';

/** An instance as a project of Docker Compose: its name and what docker-compose.yml is filled in with. */
export type Project = { name: string; environment: NodeJS.ProcessEnv };

/** The project of an instance; the name tells clones and instances apart. */
export function projectOf(instance: Instance, settings: Settings): Project {
  const clone = createHash('sha256').update(projectFolder).digest('hex').slice(0, 6);
  const name = `sagacity-${instance.name}-${clone}`;
  const ports = Object.entries(rememberedPorts(instance) ?? {}).map(([key, port]) => [key, String(port)]);
  return {
    name,
    environment: {
      ...process.env,
      ...settings.forProcesses,
      ...Object.fromEntries(ports),
      COMPOSE_PROJECT_NAME: name,
      IMAGE_TAG: `${instance.name}-${clone}`,
      SECRETS_DIR: join(containerFolder(instance), 'secrets'),
      SETTINGS_FILE: join(containerFolder(instance), 'settings.env'),
      ADMIN_EMAIL: settings.admin.email,
      ADMIN_USERNAME: settings.admin.username,
      // A file tells it.
      ADMIN_PASSWORD: '',
      NPM_REGISTRY: settings.forProcesses.NPM_REGISTRY ?? process.env.NPM_REGISTRY ?? npmRegistry(),
    },
  };
}

/** Where the instance keeps what its containers are given. */
export function containerFolder(instance: Instance): string {
  return join(instance.folder, 'containers');
}

/** True when the instance was ever started in containers, so that there may be volumes of it. */
export function hasContainerFolder(instance: Instance): boolean {
  return existsSync(containerFolder(instance));
}

/** The registry this machine takes packages from: builds take them from there as well. */
function npmRegistry(): string {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { cwd: projectFolder, encoding: 'utf8' });
  return stdout?.trim() || 'https://registry.npmjs.org/';
}
