import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Part } from '../lifecycle/part.ts';
import { answerUnreadable } from './unreadable.ts';

export interface HttpServerPart extends Part {
  /** The port it listens on, known once started; differs from the asked one when that was 0. */
  port(): number;
}

const lookEveryMs = 50;
const quietLooks = 20;

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
  let inFlight = 0;
  server.on('request', (_request, response) => {
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
  });
  // Longer than the gateway's agent keeps a free socket, so that it never writes into a closed one.
  server.keepAliveTimeout = 75_000;
  return {
    name: 'http server',
    start: () => listen(server, options),
    stop: () => close(server, () => inFlight),
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

/**
 * A connection becomes idle only when its request is answered, which may be after the close; and one over which nothing was ever asked
 * never counts as idle. Both would be kept until their clients tire of them. So they are looked for, the latter once nothing is in flight.
 */
function close(server: Server, inFlight: () => number): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let quiet = 0;
    const look = setInterval(() => {
      server.closeIdleConnections();
      quiet = inFlight() === 0 ? quiet + 1 : 0;
      if (quiet >= quietLooks) server.closeAllConnections();
    }, lookEveryMs);
    server.close((error) => {
      clearInterval(look);
      if (error) reject(error);
      else resolve();
    });
    server.closeIdleConnections();
  });
}
