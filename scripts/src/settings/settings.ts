import { join } from 'node:path';
import { projectFolder } from '../instance/instance.ts';
import { type Ports, portNames } from '../instance/ports.ts';
import { Trouble } from '../os/tell.ts';
import { whatIsExpected } from './check-setting.ts';
import { readEnvFile } from './env-file.ts';
import { knownSettings } from './known-settings.ts';

/** What somebody has set, checked; nothing is filled in. */
export type Settings = {
  name: string;
  mode: 'native' | 'docker';
  ports: Partial<Ports>;
  admin: { email: string; username: string; password: string };
  /** All other settings, for the processes: those we know and those that stand in `.env`. */
  forProcesses: Record<string, string>;
};

/** Settings of the command: the environment's, else those of `.env` in the project's folder. */
export function readSettings(): Settings {
  return resolveSettings(process.env, readEnvFile(join(projectFolder, '.env')));
}

/** Joins environment and file (the environment wins) and refuses wrong values, all of them at once. */
export function resolveSettings(environment: NodeJS.ProcessEnv, file: Record<string, string>): Settings {
  const value = (key: string) => nonEmpty(environment[key]) ?? nonEmpty(file[key]);
  const given = [...knownSettings.keys()].flatMap((key) => {
    const text = value(key);
    return text === undefined ? [] : [[key, text] as const];
  });
  refuseWrongOnes(given, file);
  const set = Object.fromEntries(given);
  const withDefault = (key: string) => set[key] ?? knownSettings.get(key)?.usual ?? '';
  const ports = portNames.flatMap((key) => (set[key] === undefined ? [] : [[key, Number(set[key])] as const]));
  return {
    name: value('NAME') ?? 'dev',
    mode: (set.MODE ?? 'native') as Settings['mode'],
    ports: Object.fromEntries(ports) as Partial<Ports>,
    admin: {
      email: withDefault('ADMIN_EMAIL'),
      username: withDefault('ADMIN_USERNAME'),
      password: withDefault('ADMIN_PASSWORD'),
    },
    forProcesses: Object.fromEntries(
      Object.entries({ ...file, ...set }).filter(([key, text]) => text !== '' && !isOurs(key)),
    ),
  };
}

/** Settings that steer the commands and reach processes, if at all, in another form. */
function isOurs(key: string): boolean {
  return key === 'NAME' || key === 'MODE' || key.startsWith('ADMIN_') || (portNames as string[]).includes(key);
}

function refuseWrongOnes(given: (readonly [string, string])[], file: Record<string, string>): void {
  const faults = given.flatMap(([key, text]) => {
    const expected = whatIsExpected(knownSettings.get(key)?.kind ?? 'text', text);
    return expected === undefined ? [] : [`${key}=${text} should be ${expected}`];
  });
  if (faults.length === 0) return;
  const inFile = given.some(([key, text]) => file[key] === text);
  throw new Trouble(
    faults.join('; '),
    `correct it in ${inFile ? '.env' : 'the environment'}; .env.example explains all`,
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
