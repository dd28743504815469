import { findInstance } from '@sagacity/scripts/instance/instance';
import { rememberedPorts } from '@sagacity/scripts/instance/open-ports';
import { openSecrets } from '@sagacity/scripts/instance/secrets';
import { postgresServer } from '@sagacity/scripts/servers/postgres-server';
import { rabbitmqServer } from '@sagacity/scripts/servers/rabbitmq-server';
import { redisServer } from '@sagacity/scripts/servers/redis-server';
import { ensureServer, stopServer } from '@sagacity/scripts/servers/server-control';
import { setting } from '../e2e/shop.ts';

const servers = { postgres: postgresServer, rabbitmq: rabbitmqServer, redis: redisServer };

export type ServerName = keyof typeof servers;

/** True when what PostgreSQL has committed survives its being killed: not so in `make test`, whose servers do not sync. */
export function areServersDurable(): boolean {
  return setting('E2E_SERVERS') === 'durable';
}

/** Ends a server of the running system: in its orderly way, or by the signal; resolves when it is gone. */
export async function stop(name: ServerName, signal?: NodeJS.Signals): Promise<void> {
  await stopServer(servers[name], findInstance(setting('E2E_INSTANCE')), signal);
}

/** Starts a server again on the same ports and data; resolves when it answers. */
export async function start(name: ServerName): Promise<void> {
  const instance = findInstance(setting('E2E_INSTANCE'));
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Error(`${instance.name} was never started`);
  const secrets = openSecrets(instance);
  await ensureServer(servers[name], { instance, ports, secrets, volatile: !areServersDurable() });
}
