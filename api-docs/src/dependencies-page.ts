import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { code, page, table } from './markdown.ts';
import { projectFolder } from './service-routes.ts';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

const permissive = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'];

/** A line for each package whose lock entry names no licence of `permissive`. */
const remarks: Readonly<Record<string, string>> = {
  individual: 'its package.json has the old field `licenses`, which names MIT; comes with rust-result',
  'lru-cache': 'the Blue Oak Model License permits what MIT does, and the use of patents',
  nodemailer: 'MIT-0 asks for even less than MIT',
  'safe-json-parse': 'its package.json has the old field `licenses`, which names MIT; comes with rascal',
};

/** Licences of all packages that run in production, from package-lock.json; fails for an unusual one that nobody has looked at. */
export async function dependenciesPage(): Promise<string> {
  const lock = JSON.parse(await readFile(join(projectFolder, 'package-lock.json'), 'utf8'));
  const packages = productionPackages(lock.packages);
  const unusual = packages.filter(({ license }) => !permissive.includes(license));
  return page(
    'Dependencies',
    'The packages that run in production, with those that they bring, from package-lock.json.',
    table(
      ['licence', 'packages'],
      [...countedLicences(packages)].map(([license, count]) => [license, String(count)]),
    ),
    'Other than MIT, ISC, BSD and Apache-2.0, and why it stays:',
    unusual.map(({ name, version, license }) => `- ${name} ${version} (${license}): ${remarkOn(name)}`).join('\n'),
    `Known vulnerabilities: ${code('npm audit --omit=dev')} asks the registry, which must be one that answers audits (a mirror may
answer 405; ${code('--registry URL')} names another). No result is stated here, as it changes without a change of the code.`,
    `Newer versions: ${code('npm outdated')} lists them. ${code('node')} and ${code('@types/node')} stay at 24, the line that the processes run on.`,
  );
}

function productionPackages(locked: Readonly<Record<string, LockedPackage>>) {
  return Object.entries(locked)
    .filter(([path, { dev, devOptional, link }]) => path.includes('node_modules/') && !dev && !devOptional && !link)
    .map(([path, { version, license }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: version ?? '',
      license: license ?? 'none named in the lock file',
    }));
}

function countedLicences(packages: readonly { license: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { license } of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a.localeCompare(b)));
}

function remarkOn(name: string): string {
  const remark = remarks[name];
  if (remark === undefined) throw new Error(`look at the licence of ${name} and say in api-docs why it stays`);
  return remark;
}
