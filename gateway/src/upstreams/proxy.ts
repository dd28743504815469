import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { bodyOverflow } from '../http/body-guard.ts';
import type { Outcome } from './instance.ts';

/** Forwards a request to one address and tells what became of it; when it was not answered, nothing was written to the response. */
export type Forwarder = (
  request: Request,
  response: Response,
  url: string,
  timeoutMs: number | undefined,
) => Promise<Outcome>;

interface Attempt {
  readonly url: string;
  readonly fail: (kind: 'refused' | 'reset' | 'timeout') => void;
  timedOut: boolean;
  /** The status of the answer, once there is one. */
  status: number | undefined;
  /** Aborted when the body turns out to be too large. */
  readonly overflow: AbortSignal | undefined;
}

type Attempts = WeakMap<IncomingMessage, Attempt>;

// Without `timeout` the agent ignores how long the upstream keeps a free socket, and writes into closed ones.
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000, scheduling: 'lifo' });
// Streams stay open for minutes and must not use up the sockets of all others.
const streamAgent = new Agent({ keepAlive: false });

/** A forwarder on http-proxy-middleware; bodies are streamed, never parsed. Without a timeout the answer is a stream that may stay open. */
export function createForwarder(): Forwarder {
  const attempts: Attempts = new WeakMap();
  const proxies = new Map<number | undefined, ReturnType<typeof build>>();
  const proxyFor = (timeoutMs: number | undefined) => {
    const proxy = proxies.get(timeoutMs) ?? build(attempts, timeoutMs);
    proxies.set(timeoutMs, proxy);
    return proxy;
  };

  return (request, response, url, timeoutMs) =>
    new Promise((resolve) => {
      const overflow = bodyOverflow(response);
      const attempt: Attempt = { url, fail: (kind) => resolve({ kind }), timedOut: false, status: undefined, overflow };
      attempts.set(request, attempt);
      // Two attempts hang more listeners on the response than Node takes for a leak.
      response.setMaxListeners(20);
      // Nor does a body that was refused half way.
      overflow?.addEventListener('abort', () => resolve({ kind: 'answered', status: 413 }), { once: true });
      // A client that went away before there was an answer does not speak against the instance.
      response.once('close', () => resolve({ kind: 'answered', status: attempt.status ?? 499 }));
      void proxyFor(timeoutMs)(request, response, () => resolve({ kind: 'reset' }));
    });
}

function build(attempts: Attempts, timeoutMs: number | undefined) {
  return createProxyMiddleware<IncomingMessage, ServerResponse>({
    target: 'http://127.0.0.1',
    agent: timeoutMs === undefined ? streamAgent : agent,
    // The middleware's own `timeout` option leaks a listener per request on kept-alive sockets.
    ...(timeoutMs === undefined ? {} : { proxyTimeout: timeoutMs }),
    // A function of our own choice of instance; tables that look at the Host header can be steered by the client.
    router: (request) => attempts.get(request)?.url ?? '',
    on: {
      proxyReq: (upstream: ClientRequest, request) => {
        const attempt = attempts.get(request);
        holdBodyUntilConnected(upstream, request);
        upstream.once('timeout', () => {
          if (attempt) attempt.timedOut = true;
        });
        attempt?.overflow?.addEventListener('abort', () => upstream.destroy(), { once: true });
      },
      proxyRes: (answer, request, response) => {
        // The client's own wish was taken out with the other hop-by-hop headers; without it the middleware would promise to keep alive.
        answer.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close';
        const attempt = attempts.get(request);
        if (attempt) attempt.status = answer.statusCode;
      },
      error: (error, request) => {
        const attempt = attempts.get(request);
        attempt?.fail(attempt.timedOut ? 'timeout' : kindOf(error));
      },
    },
  });
}

/** What was not taken yet can go to another instance when this one turns out to be gone. */
function holdBodyUntilConnected({ socket }: ClientRequest, request: IncomingMessage): void {
  if (!socket?.connecting) return;
  // The middleware lets the body flow right after this.
  process.nextTick(() => request.pause());
  socket.once('connect', () => request.resume());
}

function kindOf(error: Error): 'refused' | 'reset' {
  const { code } = error as { code?: string };
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH' ? 'refused' : 'reset';
}
