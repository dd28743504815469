// Splits the project into what each image needs, below /split: `manifests` is all package files and nothing else;
// `<package>` is that package, those of ours that it depends on, directly or not, and the health check. Of a package
// that publishes its contract alone only the contract goes along.
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const packages = readdirSync('.').filter((name) => existsSync(join(name, 'package.json')));
// Of the others the build sees the package file alone.
const programs = packages.filter((name) => existsSync(join(name, 'src')));

for (const path of ['package.json', 'package-lock.json', ...packages.map((name) => join(name, 'package.json'))]) {
  cpSync(path, join('/split/manifests', path));
}
for (const own of programs) {
  const target = join('/split', own);
  cpSync(own, join(target, own), { recursive: true });
  cpSync('package.json', join(target, 'package.json'));
  cpSync('deploy/image/healthy.mjs', join(target, 'healthy.mjs'));
  for (const name of dependenciesOf(own)) copyPublished(name, target);
}

function dependenciesOf(own) {
  const found = new Set([own]);
  for (const folder of found) {
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      if (name.startsWith('@sagacity/')) found.add(name.slice('@sagacity/'.length));
    }
  }
  found.delete(own);
  return [...found].filter((name) => programs.includes(name));
}

function copyPublished(name, target) {
  const published = Object.keys(manifestOf(name).exports ?? {});
  const contractAlone = published.every((path) => path.startsWith('./contract/'));
  for (const path of ['package.json', contractAlone ? 'src/contract' : 'src']) {
    cpSync(join(name, path), join(target, name, path), { recursive: true });
  }
}
