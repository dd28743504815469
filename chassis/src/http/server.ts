import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from '../lifecycle/part.ts';

export interface HttpServerPart extends Part {
  /** The port it listens on, known once started; differs from the asked one when that was 0. */
  port(): number;
}

/** An HTTP server as a part: start listens, stop refuses new requests and resolves when those in flight are answered. */
export function httpServerPart(app: RequestListener, options: { host: string; port: number }): HttpServerPart {
  const server = createServer(app);
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  // Longer than the gateway's agent keeps a free socket, so that it never writes into a closed one.
  server.keepAliveTimeout = 75_000;
  return {
    name: 'http server',
    start: () => listen(server, options),
    stop: () => close(server),
    port: () => (server.address() as AddressInfo).port,
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
