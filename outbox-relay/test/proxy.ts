import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a server, so that a test can take the server away, silence it, or speak in its name. */
export interface ServerProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Accepts connections; a proxy starts closed. */
  open(): Promise<void>;
  /** Ends all connections and refuses new ones. */
  close(): Promise<void>;
  /** Holds back what the server says from now on, without ending anything. */
  silence(): void;
  /** Says again what the server said meanwhile and from now on. */
  resume(): void;
  /** Says something to all clients in the server's name; only sensible while the server itself is quiet. */
  say(bytes: Buffer): void;
  /** Bytes that clients have sent since the last call. */
  takeSentBytes(): number;
}

export async function createProxy(serverUrl: string): Promise<ServerProxy> {
  const target = new URL(serverUrl);
  const port = await freePort();
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const clients = new Set<Socket>();
  let server: Server | undefined;
  let silent = false;
  const unsaid: (() => void)[] = [];
  let sent = 0;
  const accept = (client: Socket) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    clients.add(client);
    client.setNoDelay(true);
    client.on('data', (bytes) => {
      sent += bytes.length;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (silent) unsaid.push(() => client.write(bytes));
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
    client.on('close', () => clients.delete(client));
  };
  return {
    url: url.href,
    open: async () => {
      silent = false;
      const opened = createServer(accept);
      server = opened;
      await new Promise<void>((resolve, reject) => {
        opened.once('error', reject);
        opened.listen(port, '127.0.0.1', resolve);
      });
    },
    close: async () => {
      const closing = server;
      server = undefined;
      for (const client of clients) client.destroy();
      if (closing) await new Promise((resolve) => closing.close(resolve));
    },
    silence: () => {
      silent = true;
    },
    resume: () => {
      silent = false;
      for (const say of unsaid.splice(0)) say();
    },
    say: (bytes) => {
      for (const client of clients) client.write(bytes);
    },
    takeSentBytes: () => {
      const bytes = sent;
      sent = 0;
      return bytes;
    },
  };
}

/** A `connection.blocked` or `connection.unblocked` frame, as RabbitMQ sends them at an alarm. */
export function alarmFrame(kind: 'blocked' | 'unblocked'): Buffer {
  const reason = kind === 'blocked' ? Buffer.from('\x0dlow on memory') : Buffer.alloc(0);
  const payload = Buffer.concat([Buffer.from([0, 10, 0, kind === 'blocked' ? 60 : 61]), reason]);
  const header = Buffer.from([1, 0, 0, 0, 0, 0, payload.length]);
  return Buffer.concat([header, payload, Buffer.from([0xce])]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
