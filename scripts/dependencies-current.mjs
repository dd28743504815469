// Exits 0 when node_modules holds what package-lock.json asks for. Plain JavaScript: the machine's own Node runs it,
// of whatever age, before the one that the project pins is there.
import { readFileSync } from 'node:fs';

const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

try {
  const wanted = read('package-lock.json');
  const installed = read('node_modules/.package-lock.json');
  const missing = Object.entries(wanted).filter(
    ([path, { version, optional, peer, link }]) =>
      path.startsWith('node_modules/') &&
      !optional &&
      !peer &&
      // A workspace that is new has to be linked.
      (link ? installed[path] === undefined : installed[path]?.version !== version),
  );
  process.exit(missing.length === 0 ? 0 : 1);
} catch {
  // No node_modules yet, or half of one.
  process.exit(1);
}
