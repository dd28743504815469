import type { Instance } from '../instance/instance.ts';
import { rememberedMode } from '../instance/mode.ts';
import { Trouble } from '../os/tell.ts';
import type { Settings } from '../settings/settings.ts';
import { composeOutput } from './compose.ts';
import { projectOf } from './project.ts';

/** Throws while the containers of the instance are up: both would want the same ports. */
export function refuseWhileInContainers(instance: Instance, settings: Settings): void {
  if (rememberedMode(instance) !== 'docker') return;
  if (composeOutput(projectOf(instance, settings), ['ps', '--quiet']).trim() === '') return;
  throw new Trouble(`${instance.name} runs in containers`, 'make down MODE=docker first');
}
