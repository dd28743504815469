import { Trouble } from '../os/tell.ts';

export type Call = { token?: string | undefined; body?: object; headers?: Record<string, string> };

export type Answer<T> = { status: number; body: T };

export type Problem = { code?: string; detail?: string; title?: string };

/** Speaks HTTP to the gateway, as any client does. */
export class ShopClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** The answer, whatever its status. */
  async call<T>(method: string, path: string, { token, body, headers }: Call = {}): Promise<Answer<T>> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: Error) => {
      throw new Trouble(`${this.url} does not answer (${reasonOf(error)})`, 'make up, or make status to see what runs');
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }

  /** The body of a successful answer; anything else is an error that says what the service said. */
  async get<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const { status, body } = await this.call<T>(method, path, call);
    if (status < 300) return body;
    throw refused(`${method} ${path}`, status, body as Problem);
  }
}

/** The error for an answer that the demo cannot go on from. */
export function refused(what: string, status: number, { code, detail, title }: Problem): Trouble {
  const advice = status === 429 ? 'wait, or raise the limits: .env.example' : 'make logs shows what the processes say';
  return new Trouble(`${what} was answered ${status} ${code ?? ''}: ${detail ?? title ?? 'no reason given'}`, advice);
}

function reasonOf(error: Error): string {
  const cause = error.cause as { code?: string } | undefined;
  return cause?.code ?? error.message;
}
