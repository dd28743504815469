import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { say, Trouble } from '../os/tell.ts';
import type { Project } from './project.ts';

const run = promisify(execFile);

/** The images that everything else stands on. */
const baseImages = ['node:24-trixie-slim', 'postgres:17', 'redis:8', 'rabbitmq:4-management'];
const pullDeadlineMs = 10 * 60_000;
const native = 'make up MODE=native brings everything up without containers (Debian), or';

/** Throws unless a Docker engine with Compose v2 answers. */
export function requireEngine(): void {
  if (!engineAnswers()) throw new Trouble('no Docker engine answers', `${native} start one: docker version`);
  if (!answers(process.env, 'compose', 'version')) {
    throw new Trouble('docker has no compose plugin', `${native} install it`);
  }
}

/** False when there is no docker command or its engine is off: then no container runs. */
export function engineAnswers(environment: NodeJS.ProcessEnv = process.env): boolean {
  return answers(environment, 'version');
}

function answers(env: NodeJS.ProcessEnv, ...args: string[]): boolean {
  return spawnSync('docker', args, { env, stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Pulls the base images that are missing; throws with what to do instead when one cannot be had. */
export async function requireBaseImages(): Promise<void> {
  const has = (image: string) => spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' }).status === 0;
  await Promise.all(baseImages.filter((image) => !has(image)).map(pull));
}

async function pull(image: string): Promise<void> {
  say(`pulling ${image}`);
  try {
    await run('docker', ['pull', '--quiet', image], { timeout: pullDeadlineMs });
  } catch (error) {
    const reason = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
    throw new Trouble(`the image ${image} cannot be pulled: ${reason}`, `${native} make an image registry reachable`);
  }
}

/** Removes the images that were built for a project; those that they stand on stay. */
export function removeImages({ environment }: Project): void {
  const args = ['image', 'ls', '--quiet', '--filter', `reference=*/*:${environment.IMAGE_TAG}`];
  const ids = spawnSync('docker', args, { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((id) => id !== '');
  if (ids.length > 0) spawnSync('docker', ['image', 'rm', '--force', ...new Set(ids)], { stdio: 'ignore' });
}
