/** One fault of an input, for the `errors` member of a problem (RFC 9457). */
export interface ErrorDetail {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface DomainErrorOptions {
  readonly errors?: readonly ErrorDetail[];
  /** Members added to the problem, such as the transitions that would have been allowed. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A refusal that the caller can understand: a stable code and a sentence, no HTTP status. */
export class DomainError extends Error {
  readonly code: string;
  readonly errors: readonly ErrorDetail[];
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, detail: string, options: DomainErrorOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.extensions = options.extensions ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
