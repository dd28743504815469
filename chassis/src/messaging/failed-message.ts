import { hostname } from 'node:os';
import type { ConsumeMessage, Options } from 'amqplib';
import { DomainError } from '../errors/domain-error.ts';
import { PermanentError } from './faults.ts';
import { retryCountHeader } from './incoming.ts';
import type { DirectMessage } from './publisher.ts';
import { deadLetterExchange, retryExchange } from './topology.ts';

export const failureHeaders = {
  code: 'x-failure-code',
  detail: 'x-failure-detail',
  at: 'x-failed-at',
  by: 'x-failed-by',
} as const;

/** Why a message could not be handled, in words that fit into headers. */
export interface Failure {
  readonly code: string;
  readonly detail: string;
}

const longestDetail = 1_000;
/** Headers that the broker or rascal add to a message on its way, and that say nothing once it is published anew. */
const transportHeader = /^(?:x-(?:first-|last-)?death.*|x-delivery-count|rascal|CC|BCC)$/;

export function failureOf(error: unknown): Failure {
  const detail = (error instanceof Error ? `${error.message}` : String(error)).slice(0, longestDetail);
  if (error instanceof PermanentError || error instanceof DomainError) return { code: error.code, detail };
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return { code: String(code ?? name ?? 'unknown'), detail };
}

/** The next rung of the retry ladder for a message that has been up it so often; undefined after the last one. */
export function retryOf(
  delivered: ConsumeMessage,
  route: { readonly queue: string; readonly retryCount: number; readonly retryDelaysMs: readonly number[] },
  failure: Failure,
): DirectMessage | undefined {
  const delayMs = route.retryDelaysMs[route.retryCount];
  if (delayMs === undefined) return undefined;
  return {
    exchange: retryExchange(delayMs),
    routingKey: route.queue,
    content: delivered.content,
    properties: copyOf(delivered, { ...describe(failure), [retryCountHeader]: route.retryCount + 1 }),
  };
}

/** The message as it goes to the dead-letter queue, with the reason in its headers. */
export function deadLetterOf(delivered: ConsumeMessage, queue: string, failure: Failure): DirectMessage {
  return {
    exchange: deadLetterExchange,
    routingKey: queue,
    content: delivered.content,
    properties: copyOf(delivered, describe(failure)),
  };
}

/** The message as it goes back to its queue from the dead-letter queue: the same message id, and a fresh count of retries. */
export function replayOf(dead: Pick<ConsumeMessage, 'content' | 'properties'>, queue: string): DirectMessage {
  const failed = new Set<string>([...Object.values(failureHeaders), retryCountHeader]);
  const properties = copyOf(dead, {});
  const headers = Object.fromEntries(Object.entries(properties.headers ?? {}).filter(([name]) => !failed.has(name)));
  return { exchange: '', routingKey: queue, content: dead.content, properties: { ...properties, headers } };
}

function copyOf(
  { properties }: Pick<ConsumeMessage, 'properties'>,
  added: Readonly<Record<string, unknown>>,
): Options.Publish {
  const { contentType, contentEncoding, correlationId, messageId, timestamp, type, appId } = properties;
  const own = Object.entries(properties.headers ?? {}).filter(([name]) => !transportHeader.test(name));
  const given = { contentType, contentEncoding, correlationId, messageId, timestamp, type, appId };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    headers: { ...Object.fromEntries(own), ...added },
  };
}

function describe({ code, detail }: Failure): Readonly<Record<string, string>> {
  return {
    [failureHeaders.code]: code,
    [failureHeaders.detail]: detail,
    [failureHeaders.at]: new Date().toISOString(),
    [failureHeaders.by]: hostname(),
  };
}
