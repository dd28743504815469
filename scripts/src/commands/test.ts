import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { say, Trouble } from '../os/tell.ts';
import { serverAddresses } from '../servers/all-servers.ts';
import { resolveSettings, type Settings } from '../settings/settings.ts';
import { baseUrl, type SystemContext } from '../system/process-environment.ts';
import { prepareDatabases, startProcesses, startServers } from '../system/start-system.ts';
import { discardSystem } from '../system/stop-system.ts';
import { exitCodeOf, type Outcome, summarise } from '../test-run/results.ts';
import { runMocha } from '../test-run/run-mocha.ts';
import { runSideBySide } from '../test-run/run-side-by-side.ts';
import { findTestFiles, type TestFile, type TestKind } from '../test-run/test-files.ts';

/** Away from the usual ports: those belong to `make up`. */
const portShift = 12_000;

/** Runs all tests (those whose path contains ONLY) on an instance of their own, and ends it. */
export async function test(): Promise<void> {
  const since = performance.now();
  const instance = openInstance('test');
  const files = findTestFiles(process.env.ONLY);
  const outcomes = await withLock(instance, async () => {
    process.once('SIGINT', () => void discardSystem(instance).then(() => process.exit(130)));
    await emptyInstance(instance);
    try {
      return await runAll(instance, files);
    } finally {
      await discardSystem(instance);
    }
  });
  console.log(summarise(outcomes, performance.now() - since));
  process.exitCode = exitCodeOf(outcomes);
}

async function runAll(instance: Instance, files: TestFile[]): Promise<Outcome[]> {
  const of = (kind: TestKind) => files.filter((file) => file.kind === kind).map(({ path }) => path);
  const settings = testSettings();
  const needServers = files.some(({ kind }) => kind !== 'unit');
  if (needServers) say('starting servers for the tests (durability off), unit tests meanwhile');
  const servers = needServers ? startServers(instance, settings, { shift: portShift, volatile: true }) : undefined;
  const unit = of('unit').length > 0 ? [await runFiles('unit', 'unit tests', of('unit'), {})] : [];
  const context = await servers;
  if (!context) return unit;
  const component = await runSideBySide(of('component'), availableParallelism(), (path) =>
    runFiles('component', path, [path], serverEnvironment(context)),
  );
  const whole = [...of('end to end'), ...of('faults')];
  return [...unit, ...component, ...(whole.length > 0 ? await runOnWholeSystem(instance, context, files) : [])];
}

/** Starts the processes for the tests that need all of them; these run one after the other, faults last. */
async function runOnWholeSystem(instance: Instance, context: SystemContext, files: TestFile[]): Promise<Outcome[]> {
  const whole = files.filter(({ kind }) => kind === 'end to end' || kind === 'faults');
  try {
    prepareDatabases(instance, context);
    await startProcesses(instance, context);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.log(error.message);
    const failure = { title: 'the system starts', detail: error.message };
    return [{ kind: 'end to end', files: whole.length, passed: 0, failures: [failure], ms: 0 }];
  }
  const env = { ...serverEnvironment(context), ...systemEnvironment(instance, context) };
  return runSideBySide(whole, 1, ({ kind, path }) => runFiles(kind, path, [path], env));
}

async function runFiles(kind: TestKind, title: string, files: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const outcome = await runMocha({ kind, title, files, env });
  const { passed, failures, ms } = outcome;
  say(
    `${failures.length === 0 ? '✔' : '✖'} ${title}  ${passed} passed${failures.length === 0 ? '' : `, ${failures.length} failed`}  ${(ms / 1000).toFixed(1)} s`,
  );
  for (const { title: failed, detail } of failures) console.log(`\n${failed}\n${detail.replaceAll(/^/gm, '    ')}\n`);
  return outcome;
}

/** Nothing of the machine's settings: limits out of the way, everything else as usual. */
function testSettings(): Settings {
  const limits = [
    'ADDRESS_PER_MINUTE',
    'USER_PER_MINUTE',
    'ORDERS_PER_MINUTE',
    'LOGIN_ACCOUNT_PER_15_MINUTES',
    'LOGIN_ADDRESS_PER_15_MINUTES',
    'REGISTER_PER_HOUR',
  ];
  return resolveSettings(
    { NAME: 'test' },
    Object.fromEntries(limits.map((limit) => [`RATE_LIMIT_${limit}`, '1000000'])),
  );
}

function serverEnvironment(context: SystemContext): NodeJS.ProcessEnv {
  const addresses = Object.entries(serverAddresses(context));
  return Object.fromEntries(addresses.map(([name, address]) => [`TEST_${name}`, address]));
}

function systemEnvironment(instance: Instance, { ports, settings }: SystemContext): NodeJS.ProcessEnv {
  return {
    E2E_GATEWAY_URL: baseUrl(ports.GATEWAY_PORT),
    E2E_ADMIN_EMAIL: settings.admin.email,
    E2E_ADMIN_PASSWORD: settings.admin.password,
    E2E_INSTANCE: instance.name,
  };
}

/** Ends what an earlier run left and removes its data, so that each run starts from nothing. */
async function emptyInstance(instance: Instance): Promise<void> {
  await discardSystem(instance);
  for (const name of ['postgres', 'redis', 'rabbitmq', 'epmd', 'processes.json', 'supervisor.json']) {
    rmSync(join(instance.folder, name), { recursive: true, force: true });
  }
}
