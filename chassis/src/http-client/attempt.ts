/** One answer of a server; 4xx are answers too. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when the server said JSON, else the text. */
  readonly body: unknown;
}

/** An attempt that brought no usable answer: the server is away, too slow or in trouble. */
export class AttemptError extends Error {
  readonly kind: 'unreachable' | 'timeout' | 'server_error' | 'malformed';
  /** False when the server did answer, so that the same request would only fail the same way again. */
  readonly worthRetrying: boolean;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: AttemptError['kind'],
    detail: string,
    options: { worthRetrying: boolean; retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AttemptError';
    this.kind = kind;
    this.worthRetrying = options.worthRetrying;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export interface Attempt {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The whole attempt, its body included, ends after this time. */
  readonly timeoutMs: number;
}

const largestBody = 1_048_576;
const passingTroubles = new Set([502, 503, 504]);

/** Sends a request once; throws AttemptError when no usable answer came, and for every 5xx. */
export async function attemptOnce(attempt: Attempt): Promise<HttpReply> {
  const { url, method, headers, body, timeoutMs } = attempt;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal,
      ...(body === undefined ? {} : { body }),
    });
    if (response.status >= 500) throw await serverError(response);
    return { status: response.status, headers: response.headers, body: await readBody(response) };
  } catch (error) {
    if (error instanceof AttemptError) throw error;
    if (signal.aborted) {
      throw new AttemptError('timeout', `no answer within ${timeoutMs} ms`, { worthRetrying: true, cause: error });
    }
    throw new AttemptError('unreachable', 'the connection failed', { worthRetrying: true, cause: error });
  }
}

async function serverError(response: Response): Promise<AttemptError> {
  // An unread body would keep the connection from being used again.
  await response.body?.cancel();
  return new AttemptError('server_error', `the server answered ${response.status}`, {
    worthRetrying: passingTroubles.has(response.status),
    retryAfterSeconds: readRetryAfter(response.headers.get('retry-after')),
  });
}

async function readBody(response: Response): Promise<unknown> {
  const text = await readText(response);
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AttemptError('malformed', 'the answer is not JSON', { worthRetrying: false, cause });
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > largestBody) {
      throw new AttemptError('malformed', `the answer is larger than ${largestBody} bytes`, { worthRetrying: false });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds of a Retry-After header; a date in it is not understood. */
function readRetryAfter(text: string | null): number | undefined {
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
