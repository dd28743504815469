// Prints how an instance runs, docker or native: as MODE says; else as it was started before; else, when it is
// started now, in containers where a Docker engine answers. Plain JavaScript: the machine's own Node runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const setting = (name) =>
  process.env[name] || inFile('.env', new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=\\s*["']?([^"'\\s#]*)`, 'm'));

function inFile(path, pattern) {
  return existsSync(path) ? readFileSync(path, 'utf8').match(pattern)?.[1] : undefined;
}

/** Set down by `make up`; instances that are older than the choice are native. */
function remembered(name) {
  const folder = join('.run', name);
  return (
    inFile(join(folder, 'mode'), /^(docker|native)/) ?? (existsSync(join(folder, 'ports.json')) ? 'native' : undefined)
  );
}

function engineAnswers() {
  const asks = [
    ['version', '--format', '{{.Server.Version}}'],
    ['compose', 'version', '--short'],
  ];
  return asks.every((args) => spawnSync('docker', args, { timeout: 10_000, stdio: 'ignore' }).status === 0);
}

const starts = ['up', 'migrate'].includes(process.argv[2]);
const mode =
  setting('MODE') || remembered(setting('NAME') || 'dev') || (starts && engineAnswers() ? 'docker' : 'native');
console.log(mode);
