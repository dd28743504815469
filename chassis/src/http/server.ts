import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../lifecycle/part.ts';
import { answerUnreadable } from './unreadable.ts';

export interface HttpServerPart extends Part {
  /** The port it listens on, known once started; differs from the asked one when that was 0. */
  port(): number;
  /** True from the beginning of its stop. */
  isLeaving(): boolean;
}

const lookEveryMs = 50;
const quietLooks = 20;

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** How long headers, and headers with body, may take to come; 10 s and 30 s unless it says otherwise. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long it still serves after stop was called; every answer then ends its connection. None unless it says otherwise. */
  readonly leaveMs?: number;
}

const defaultHeadersTimeoutMs = 10_000;
const defaultRequestTimeoutMs = 30_000;

/**
 * An HTTP server as a part: start listens, stop refuses new requests and resolves when those in flight are answered.
 * A connection that is closed while it is idle can meet a request on its way, so answers end their connections for a while before that.
 * What cannot be read as a request, or does not come in time, is answered with a problem and its connection closed.
 */
export function httpServerPart(app: RequestListener, options: HttpServerOptions): HttpServerPart {
  const headersTimeout = options.headersTimeoutMs ?? defaultHeadersTimeoutMs;
  const requestTimeout = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
  // Node looks for connections that are late every 30 s unless told otherwise, whatever the time limits.
  const connectionsCheckingInterval = Math.min(1_000, headersTimeout);
  const server = createServer({ headersTimeout, requestTimeout, connectionsCheckingInterval }, app);
  server.on('clientError', answerUnreadable);
  const inFlight = new Set<ServerResponse>();
  let isLeaving = false;
  let stopped: Promise<void> | undefined;
  const leave = async () => {
    isLeaving = true;
    await delay(options.leaveMs ?? 0);
    await close(server, inFlight);
  };
  server.prependListener('request', (_request, response) => {
    if (isLeaving) response.shouldKeepAlive = false;
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
  });
  // Longer than the gateway's agent keeps a free socket, so that it never writes into a closed one.
  server.keepAliveTimeout = 75_000;
  return {
    name: 'http server',
    start: () => listen(server, options),
    stop: () => {
      if (server.listening) stopped ??= leave();
      return stopped ?? Promise.resolve();
    },
    isLeaving: () => isLeaving,
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
 * A stream of events has no end of its own and is cut: its client comes again by itself, and says which event it saw last.
 */
function close(server: Server, inFlight: ReadonlySet<ServerResponse>): Promise<void> {
  return new Promise((resolve, reject) => {
    let quiet = 0;
    const look = setInterval(() => {
      server.closeIdleConnections();
      for (const response of inFlight) if (isStream(response)) response.destroy();
      quiet = inFlight.size === 0 ? quiet + 1 : 0;
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

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}
