import winston from 'winston';

/** Structured logger: the message is a constant phrase, the facts are fields. */
export interface Logger {
  debug(message: string, facts?: object): void;
  info(message: string, facts?: object): void;
  warn(message: string, facts?: object): void;
  error(message: string, facts?: object): void;
  child(facts: object): Logger;
}

const secretName = /password|secret|token|authorization|cookie|card|cvv|api[-_]?key/i;
const secretUrl = /(\w+:\/\/[^:/\s]*:)[^@/\s]+@/g;

/** JSON lines on standard output; fields whose names tell of secrets, and passwords in URLs, are masked. */
export function createLogger(options: { service: string; level: string }): Logger {
  return winston.createLogger({
    level: options.level,
    defaultMeta: { service: options.service },
    format: winston.format.combine(
      winston.format((entry) => redact(entry, 0) as winston.Logform.TransformableInfo)(),
      winston.format.timestamp({ alias: 'ts' }),
      // What is redacted is a tree, which needs none of the care that winston's own JSON takes.
      winston.format.printf((entry) => JSON.stringify(entry)),
    ),
    transports: [new winston.transports.Console()],
  });
}

/** A logger that keeps nothing, for tests. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

const deepest = 6;

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.includes('://') ? value.replace(secretUrl, '$1***@') : value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  // Symbol keys carry winston's level and must survive the copy.
  const copy: Record<PropertyKey, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    const item = (value as Record<PropertyKey, unknown>)[key];
    copy[key] = typeof key === 'string' && isSecret(key) ? '***' : redact(item, depth + 1);
  }
  return copy;
}

const mostNames = 1_000;
const judgedNames = new Map<string, boolean>();

/** The same few names come with each line, and reading them costs more than all else of it. */
function isSecret(name: string): boolean {
  const judged = judgedNames.get(name);
  if (judged !== undefined) return judged;
  const found = secretName.test(name);
  if (judgedNames.size < mostNames) judgedNames.set(name, found);
  return found;
}

function describeError(error: Error, depth: number): object {
  const { name, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  return {
    name,
    message: redact(message, depth),
    ...(code === undefined ? {} : { code }),
    stack: redact(stack, depth),
    ...(error.cause === undefined || depth > deepest ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
