import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A piece of what a client says that is passed on whole or not at all, and what it means where that is of interest. */
export interface Unit<E> {
  readonly bytes: Buffer;
  readonly event: E | undefined;
}

/** Makes sense of one connection. */
export interface Conversation<E> {
  fromClient(chunk: Buffer): Unit<E>[];
  fromServer(chunk: Buffer): E[];
}

/**
 * Stands between one process and a server, and holds the process at an exact line of its work: from the first thing it says that
 * matches, nothing of that connection reaches the server any more, so that the process can be killed right there.
 */
export interface LineProxy<E> {
  readonly port: number;
  /** Resolves when the process has come to the line, and stands there. */
  holdAt(matches: (event: E) => boolean): Promise<void>;
  /** Resolves when something that matches passes, from either side. */
  untilSeen(matches: (event: E) => boolean): Promise<void>;
  /** Holds and waits for nothing any more. */
  disarm(): void;
  close(): Promise<void>;
}

interface Wire<E> {
  readonly matches: (event: E) => boolean;
  readonly tripped: () => void;
}

export async function createLineProxy<E>(
  target: { readonly host: string; readonly port: number },
  follow: () => Conversation<E>,
): Promise<LineProxy<E>> {
  const sockets = new Set<Socket>();
  let hold: Wire<E> | undefined;
  let watch: Wire<E> | undefined;

  const see = (event: E) => {
    if (!watch?.matches(event)) return;
    const { tripped } = watch;
    watch = undefined;
    tripped();
  };
  const mustHold = (event: E): boolean => {
    if (!hold?.matches(event)) return false;
    const { tripped } = hold;
    hold = undefined;
    tripped();
    return true;
  };

  const server = createServer((client) => {
    const upstream = connect({ ...target, noDelay: true });
    const conversation = follow();
    let isHeld = false;
    client.setNoDelay(true);
    client.on('data', (chunk) => {
      for (const { bytes, event } of conversation.fromClient(chunk)) {
        isHeld ||= event !== undefined && mustHold(event);
        if (isHeld) return;
        if (event !== undefined) see(event);
        upstream.write(bytes);
      }
    });
    upstream.on('data', (chunk) => {
      for (const event of conversation.fromServer(chunk)) see(event);
      client.write(chunk);
    });
    join(client, upstream, sockets);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    holdAt: (matches) =>
      new Promise((tripped) => {
        hold = { matches, tripped };
      }),
    untilSeen: (matches) =>
      new Promise((tripped) => {
        watch = { matches, tripped };
      }),
    disarm: () => {
      hold = undefined;
      watch = undefined;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The end of one side is the end of both. */
function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  }
}
