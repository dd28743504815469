import { parseArgs } from 'node:util';
import { findInstance, openInstance } from './instance/instance.ts';
import { openPorts, rememberedPorts } from './instance/open-ports.ts';
import { openSecrets } from './instance/secrets.ts';
import { reportTrouble, say, Trouble } from './os/tell.ts';
import { ensureServers, holdsPort, serverAddresses } from './servers/all-servers.ts';
import { discardSystem, stopSystem } from './system/stop-system.ts';

const usage = 'node scripts/src/servers.ts up|down|kill|env --name NAME [--shift N] [--volatile] [--prefix TEST_]';

/** The servers alone, for who develops a service or runs its tests by hand. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'dev' },
      shift: { type: 'string', default: '0' },
      volatile: { type: 'boolean', default: false },
      prefix: { type: 'string', default: '' },
    },
  });
  switch (positionals[0]) {
    case 'up':
      return up(values.name, Number(values.shift), values.volatile);
    case 'down':
      return stopSystem(findInstance(values.name));
    case 'kill':
      return discardSystem(findInstance(values.name));
    case 'env':
      return printEnvironment(values.name, values.prefix);
    default:
      throw new Trouble(`${positionals[0] ?? 'nothing'} is no command of servers.ts`, usage);
  }
}

async function up(name: string, shift: number, volatile: boolean): Promise<void> {
  const instance = openInstance(name);
  const secrets = openSecrets(instance);
  const ports = await openPorts(instance, {
    shift,
    demanded: {},
    isOurs: (portName, port) => holdsPort(instance, portName, port),
  });
  await ensureServers(
    { instance, secrets, ports, volatile },
    { onReady: (server, how, ms) => say(`${server} ${how} (${(ms / 1000).toFixed(1)} s)`) },
  );
}

function printEnvironment(name: string, prefix: string): void {
  const instance = findInstance(name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`the instance ${name} was never started`, usage);
  const addresses = serverAddresses({ ports, secrets: openSecrets(instance) });
  for (const [key, value] of Object.entries({ ...addresses, ...ports })) console.log(`${prefix}${key}=${value}`);
}

await main().catch(reportTrouble);
