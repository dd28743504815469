import { ConfigError, type Setting, type Settings } from '@sagacity/chassis/config/config';
import { settingGroups } from '../../scripts/src/settings/known-settings.ts';
import { code, page, table } from './markdown.ts';
import { importAll, servicesWithRoutes } from './service-routes.ts';

type ReadConfig = (environment: NodeJS.ProcessEnv) => unknown;

/** Every setting of every process, from the schemas by which they are read. */
export async function configurationPage(): Promise<string> {
  const sections = [];
  for (const process of ['gateway', ...servicesWithRoutes]) sections.push(await sectionOf(process));
  return page(
    'Configuration',
    'Every setting is an environment variable. A process reads its own at start, tells all faults at once in one line, and does not start with a wrong one. `make up` gives each process what it needs; the first table is what `make` itself understands, on the command line or in `.env`.',
    '## make',
    ...settingGroups.map(({ title, settings }) => {
      const rows = Object.entries(settings).map(([name, { kind, usual, description }]) => [
        code(name),
        kind,
        usual === '' ? '' : code(usual),
        description,
      ]);
      return `${title}\n\n${table(['setting', 'kind', 'usual', 'meaning'], rows)}`;
    }),
    ...sections,
  );
}

async function sectionOf(process: string): Promise<string> {
  const [module = {}] = await importAll(`${process}/src/config.ts`);
  const settings = Object.entries(module).find(([name]) => name.endsWith('Settings'))?.[1] as Settings | undefined;
  if (!settings) throw new Error(`${process}/src/config.ts exports no settings`);
  const readConfig = Object.entries(module).find(([name]) => /^read\w*Config$/.test(name))?.[1];
  const required = requiredOf(readConfig as ReadConfig);
  const rows = Object.entries(settings).map(([name, setting]) => [
    code(name),
    kindOf(setting),
    required.has(name) ? '**required**' : usualOf(setting),
    setting.description,
  ]);
  return `## ${process}\n\n${table(['setting', 'kind', 'default', 'meaning'], rows)}`;
}

/** What the process itself says is missing when nothing is set. */
function requiredOf(readConfig: ReadConfig): ReadonlySet<string> {
  try {
    readConfig({});
    return new Set();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return new Set([...error.message.matchAll(/(\w+) is required/g)].map(([, name]) => name ?? ''));
  }
}

function kindOf({ type, enum: values, minimum, maximum, format }: Setting): string {
  if (values) return values.map(code).join(', ');
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}–${maximum ?? ''}`;
  return format ?? `${type}${range}`;
}

function usualOf({ default: usual }: Setting): string {
  if (usual === undefined) return '';
  return usual === '' ? 'empty' : code(String(usual));
}
