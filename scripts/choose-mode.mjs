// Prints how an instance runs, docker or native. Plain JavaScript: the machine's own Node runs it.
//   make up      as MODE says, in the environment or in .env; else as it was started before; else in containers where
//                a Docker engine answers.
//   make chaos   as MODE says in the environment; else native: it has an instance of its own.
//   the others   as MODE says in the environment; else as it was started before, whatever .env says since.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const command = process.argv[2];
const ofInstances = [
  'down',
  'clean',
  'status',
  'logs',
  'restart',
  'demo',
  'smoke',
  'import',
  'psql',
  'outbox',
  'audit',
];
const asked = process.env.MODE || undefined;
const name = process.env.NAME || inEnvFile('NAME') || 'dev';

function inEnvFile(setting) {
  return inFile('.env', new RegExp(`^\\s*(?:export\\s+)?${setting}\\s*=\\s*["']?([^"'\\s#]*)`, 'm')) || undefined;
}

function inFile(path, pattern) {
  return existsSync(path) ? readFileSync(path, 'utf8').match(pattern)?.[1] : undefined;
}

/** Set down by `make up`; instances that are older than the choice are native, one that was only built is neither. */
function rememberedMode() {
  const has = (file) => existsSync(join('.run', name, file));
  return (
    inFile(join('.run', name, 'mode'), /^(docker|native)/) ??
    (has('ports.json') && !has('containers') ? 'native' : undefined)
  );
}

function engineAnswers() {
  const asks = [
    ['version', '--format', '{{.Server.Version}}'],
    ['compose', 'version', '--short'],
  ];
  return asks.every((args) => spawnSync('docker', args, { timeout: 10_000, stdio: 'ignore' }).status === 0);
}

function whereEngineAnswers() {
  return engineAnswers() ? 'docker' : 'native';
}

/** Told where it shows: an instance that runs one way is not looked for the other way by oversight. */
function tellDifference(mode, remembered, wished) {
  if (ofInstances.includes(command) && remembered && wished && wished !== remembered) {
    const source = asked ? 'as MODE asks' : 'whatever MODE in .env says';
    console.error(
      `         ${name} was started with MODE=${remembered}; ${command} looks for it with MODE=${mode}, ${source}`,
    );
  }
  return mode;
}

function choose() {
  if (command === 'chaos') return asked ?? 'native';
  const [wished, remembered] = [asked ?? inEnvFile('MODE'), rememberedMode()];
  if (command === 'up') return wished ?? remembered ?? whereEngineAnswers();
  if (command === 'migrate') return asked ?? remembered ?? wished ?? whereEngineAnswers();
  return tellDifference(asked ?? remembered ?? wished ?? 'native', remembered, wished);
}

console.log(choose());
