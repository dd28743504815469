import { composeOutput } from './compose.ts';
import type { Project } from './project.ts';

/** One container of the project, as `docker compose ps` tells of it. */
export type ContainerState = {
  service: string;
  name: string;
  state: string;
  health: string;
  exitCode: number;
  status: string;
  ports: string;
};

/** What runs once; everything else stays. */
const oneShots = ['migrations', 'seed'];

type PsLine = {
  Service: string;
  Name: string;
  State: string;
  Health: string;
  ExitCode: number;
  Status: string;
  Publishers?: { URL: string; PublishedPort: number }[] | null;
};

/** All containers of the project, those that have ended too. */
export function containerStates(project: Project): ContainerState[] {
  return readStates(composeOutput(project, ['ps', '--all', '--format', 'json']));
}

/** Reads what `docker compose ps --format json` prints: a line for each container, or all in one array. */
export function readStates(text: string): ContainerState[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .flatMap((line) => JSON.parse(line) as PsLine | PsLine[])
    .filter(({ Service }) => Service !== 'audit')
    .map(({ Service, Name, State, Health, ExitCode, Status, Publishers }) => ({
      service: Service,
      name: Name,
      state: State,
      health: Health,
      exitCode: ExitCode,
      status: Status,
      ports: (Publishers ?? [])
        .filter(({ PublishedPort }) => PublishedPort > 0)
        .map(({ PublishedPort }) => PublishedPort)
        .join(' '),
    }));
}

/** True when the container does what it is there for: it is healthy, or has run to its end without a fault. */
export function isWell({ service, state, health, exitCode }: ContainerState): boolean {
  if (oneShots.includes(service)) return state === 'exited' && exitCode === 0;
  return state === 'running' && health === 'healthy';
}

/** True when there is a container of the service and all of them are well. */
export function isServiceWell(states: ContainerState[], service: string): boolean {
  const own = states.filter((state) => state.service === service);
  return own.length > 0 && own.every(isWell);
}

/** How the container is, in the words of `make status`. */
export function describeState(container: ContainerState): string {
  if (oneShots.includes(container.service) && isWell(container)) return 'done';
  if (container.state !== 'running') return container.state;
  return container.health === 'healthy' ? 'ready' : 'not ready';
}
