import type { RequestListener } from 'node:http';
import { httpServerPart } from '../src/http/server.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface HttpCall {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Talks to an application over a real socket on a free port. */
export interface TestServer {
  readonly url: string;
  call(method: string, path: string, options?: HttpCall): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

export async function serve(app: RequestListener): Promise<TestServer> {
  const server = httpServerPart(app, { host: '127.0.0.1', port: 0 });
  await server.start();
  const url = `http://127.0.0.1:${server.port()}`;
  return { url, call: (method, path, options) => callHttp(url, method, path, options), stop: () => server.stop() };
}

/** Sends a JSON request and reads the JSON answer. */
export async function callHttp(url: string, method: string, path: string, options: HttpCall = {}): Promise<HttpAnswer> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}
