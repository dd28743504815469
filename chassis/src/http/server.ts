import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from '../lifecycle/part.ts';
import { answerUnreadable } from './unreadable.ts';

export interface HttpServerPart extends Part {
  /** The port it listens on, known once started; differs from the asked one when that was 0. */
  port(): number;
}

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** How long headers, and headers with body, may take to come; 10 s and 30 s unless it says otherwise. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

const defaultHeadersTimeoutMs = 10_000;
const defaultRequestTimeoutMs = 30_000;

/**
 * An HTTP server as a part: start listens, stop refuses new requests and resolves when those in flight are answered.
 * What cannot be read as a request, or does not come in time, is answered with a problem and its connection closed.
 */
export function httpServerPart(app: RequestListener, options: HttpServerOptions): HttpServerPart {
  const headersTimeout = options.headersTimeoutMs ?? defaultHeadersTimeoutMs;
  const requestTimeout = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
  // Node looks for connections that are late every 30 s unless told otherwise, whatever the time limits.
  const connectionsCheckingInterval = Math.min(1_000, headersTimeout);
  const server = createServer({ headersTimeout, requestTimeout, connectionsCheckingInterval }, app);
  server.on('clientError', answerUnreadable);
  // Longer than the gateway's agent keeps a free socket, so that it never writes into a closed one.
  server.keepAliveTimeout = 75_000;
  return {
    name: 'http server',
    start: () => listen(server, options),
    stop: () => close(server),
    port: () => (server.address() as AddressInfo).port,
  };
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
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
