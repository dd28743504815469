import type { Instance } from '../instance/instance.ts';
import type { PortName } from '../instance/ports.ts';
import { epmdServer } from './epmd-server.ts';
import { postgresServer } from './postgres-server.ts';
import { brokerUser, rabbitmqServer, virtualHost } from './rabbitmq-server.ts';
import { redisServer } from './redis-server.ts';
import type { Server, ServerContext, ServerName } from './server.ts';
import { ensureServer, runningServer, stopServer } from './server-control.ts';

/** The servers in the order in which status lists them. */
export const allServers: Server[] = [postgresServer, redisServer, rabbitmqServer, epmdServer];

/** Told when a server answers, with the milliseconds that it took. */
export type OnServerReady = (name: ServerName, how: 'started' | 'was running', ms: number) => void;

export type EnsureOptions = {
  onReady: OnServerReady;
  /** Begins as soon as PostgreSQL answers: the broker takes longest, and much can be done meanwhile. */
  withPostgres?: (() => Promise<void>) | undefined;
};

/** Brings up all servers side by side; resolves when all of them answer and what goes with PostgreSQL is done. */
export async function ensureServers(context: ServerContext, { onReady, withPostgres }: EnsureOptions): Promise<void> {
  const ensure = async (server: Server) => {
    const since = performance.now();
    const how = await ensureServer(server, context);
    onReady(server.name, how, performance.now() - since);
  };
  // A broker that runs replaces a name server that has died itself, and would be in the way of ours.
  const ensureBroker = async () => {
    if (!runningServer(rabbitmqServer, context.instance)) await ensure(epmdServer);
    await ensure(rabbitmqServer);
  };
  const outcomes = await Promise.allSettled([
    ensure(postgresServer).then(withPostgres),
    ensure(redisServer),
    ensureBroker(),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Stops all servers side by side; the name server goes after the broker that is listed in it. */
export async function stopServers(instance: Instance): Promise<void> {
  const broker = stopServer(rabbitmqServer, instance).then(() => stopServer(epmdServer, instance));
  await Promise.all([stopServer(postgresServer, instance), stopServer(redisServer, instance), broker]);
}

/** Ends all servers at once, without regard for their data: for those whose data is thrown away. */
export async function discardServers(instance: Instance): Promise<void> {
  const kill = (server: Server) => stopServer(server, instance, server === postgresServer ? 'SIGQUIT' : 'SIGKILL');
  await Promise.all(allServers.map(kill));
}

/** Where the servers are reached, as the settings that processes and test kits read. */
export function serverAddresses({ ports, secrets }: Pick<ServerContext, 'ports' | 'secrets'>) {
  const user = `${brokerUser}:${secrets.rabbitmq}`;
  return {
    POSTGRES_ADMIN_URL: `postgres://postgres:${secrets.postgresAdmin}@127.0.0.1:${ports.POSTGRES_PORT}/postgres`,
    AMQP_URL: `amqp://${user}@127.0.0.1:${ports.AMQP_PORT}/${virtualHost}`,
    AMQP_MANAGEMENT_URL: `http://${user}@127.0.0.1:${ports.AMQP_MANAGEMENT_PORT}`,
    REDIS_URL: `redis://:${secrets.redis}@127.0.0.1:${ports.REDIS_PORT}`,
  };
}

/** True when a running server of the instance was told to use the port under this name. */
export function holdsPort(instance: Instance, name: PortName, port: number): boolean {
  return allServers.some((server) => runningServer(server, instance)?.ports[name] === port);
}
