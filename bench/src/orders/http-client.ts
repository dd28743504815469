import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Calls one server over connections that stay open, with as little CPU of its own as is possible. */
export interface HttpClient {
  call(method: string, path: string, options?: { readonly token?: string; readonly body?: object }): Promise<Answer>;
  close(): void;
}

const timeoutMs = 30_000;

export function createHttpClient(baseUrl: string, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    call: (method, path, { token, body } = {}) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers: Record<string, string | number> = {};
        if (token !== undefined) headers.authorization = `Bearer ${token}`;
        if (text !== undefined) {
          headers['content-type'] = 'application/json';
          headers['content-length'] = Buffer.byteLength(text);
        }
        const sent = request(`${baseUrl}${path}`, { method, agent, headers, timeout: timeoutMs }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
          );
          answer.on('error', reject);
        });
        sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered in ${timeoutMs} ms`)));
        sent.on('error', reject);
        sent.end(text);
      }),
    close: () => agent.destroy(),
  };
}
