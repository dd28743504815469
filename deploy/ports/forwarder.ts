import { connect, createServer, type Server, type Socket } from 'node:net';

export type Forwarding = {
  /** The port on which the instances listen. */
  port: number;
  /** Where instances are at this moment. */
  addresses: () => Promise<string[]>;
};

/** An address that has just gone does not refuse, it stays silent. */
const connectMs = 2_000;

/**
 * A server that hands its connections to the instances in turn, byte by byte. One that does not take a connection is
 * passed over; a connection that no instance takes is closed.
 */
export function forwarder({ port, addresses }: Forwarding): Server {
  let turn = 0;
  return createServer({ allowHalfOpen: true, noDelay: true }, async (client) => {
    // Whoever gives up before there is an instance is nobody's fault.
    client.on('error', () => client.destroy());
    // A name server answers in an order of its own.
    const found = (await addresses().catch(() => [])).toSorted();
    const first = turn % Math.max(1, found.length);
    turn += 1;
    const instance = await firstThatConnects([...found.slice(first), ...found.slice(0, first)], port);
    if (instance === undefined || client.destroyed) {
      instance?.destroy();
      client.destroy();
    } else join(client, instance);
  });
}

async function firstThatConnects(addresses: string[], port: number): Promise<Socket | undefined> {
  for (const address of addresses) {
    const socket = await connected(address, port);
    if (socket) return socket;
  }
  return undefined;
}

function connected(host: string, port: number): Promise<Socket | undefined> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, timeout: connectMs });
  return new Promise((resolve) => {
    const giveUp = () => {
      socket.destroy();
      resolve(undefined);
    };
    socket.once('error', giveUp).once('timeout', giveUp);
    socket.once('connect', () => {
      socket.setTimeout(0).off('error', giveUp).off('timeout', giveUp);
      resolve(socket);
    });
  });
}

function join(client: Socket, instance: Socket): void {
  instance.on('error', () => client.destroy());
  // What the instance has said before it closed still has to reach the client.
  instance.on('close', () => client.destroySoon());
  client.on('close', () => instance.destroy());
  client.pipe(instance).pipe(client);
}
