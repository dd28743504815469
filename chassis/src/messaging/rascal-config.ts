import type { BrokerConfig } from 'rascal';
import type { Topology } from './topology.ts';

const reconnect = { min: 200, max: 5_000, factor: 2, strategy: 'exponential' } as const;
/** How long a cancelled subscription waits for the acknowledgements of what it was given. */
const closeTimeoutMs = 15_000;

/** What rascal needs to assert the topology and to subscribe to the queues, on one connection with the given name. */
export function rascalConfig(options: {
  readonly url: string;
  readonly connectionName: string;
  readonly topology: Topology;
  readonly consumed: readonly string[];
}): BrokerConfig {
  const { topology } = options;
  const vhost = decodeURIComponent(new URL(options.url).pathname.slice(1)) || '/';
  const declared = {
    connection: {
      url: options.url,
      options: { heartbeat: 10, channelMax: 512 },
      socketOptions: {
        // Without noDelay the kernel holds small frames back for some 40 ms.
        noDelay: true,
        timeout: 10_000,
        clientProperties: { connection_name: options.connectionName },
      },
    },
    exchanges: topology.exchanges.map(({ name, type, arguments: args }) => ({
      name,
      type,
      options: { durable: true, arguments: args },
    })),
    queues: topology.queues.map(({ name, arguments: args }) => ({ name, options: { durable: true, arguments: args } })),
    bindings: topology.bindings.map(({ exchange, queue, key }) => ({
      name: `${exchange} ${key} ${queue}`,
      source: exchange,
      destination: queue,
      destinationType: 'queue' as const,
      bindingKey: key,
    })),
  };
  const subscriptions = options.consumed.map((name) => [
    name,
    {
      vhost,
      queue: name,
      retry: reconnect,
      closeTimeout: closeTimeoutMs,
      // Bodies come as bytes: what cannot be read is our dead letter, with its reason, not one of rascal's.
      contentType: 'application/octet-stream',
      // A message that claims to be encrypted is then an error of its own instead of a crash.
      encryption: {},
    },
  ]);
  const config = {
    vhosts: { [vhost]: declared },
    subscriptions: Object.fromEntries(subscriptions),
    // rascal takes the reconnection delays of a connection from the defaults only.
    defaults: { vhosts: { connection: { retry: reconnect } } },
  };
  return config as unknown as BrokerConfig;
}
