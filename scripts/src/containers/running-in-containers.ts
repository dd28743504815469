import type { Instance } from '../instance/instance.ts';
import { rememberedMode } from '../instance/mode.ts';
import { Trouble } from '../os/tell.ts';
import type { Settings } from '../settings/settings.ts';
import { composeOutput } from './compose.ts';
import { engineAnswers } from './engine.ts';
import { projectOf } from './project.ts';

/** Throws while the containers of the instance are up: both would want the same ports. Without an engine none is. */
export function refuseWhileInContainers(instance: Instance, settings: Settings): void {
  if (rememberedMode(instance) !== 'docker') return;
  const project = projectOf(instance, settings);
  if (!engineAnswers(project.environment)) return;
  if (composeOutput(project, ['ps', '--quiet']).trim() === '') return;
  throw new Trouble(`${instance.name} runs in containers`, 'make down MODE=docker first');
}
