import type { ConsumeMessage } from 'amqplib';
import type { MessageContext } from './envelope.ts';
import { PermanentError } from './faults.ts';
import type { HandlerTable, IncomingMessage, MessageHandler } from './handlers.ts';

export const retryCountHeader = 'x-retry-count';

/** A message with the handler that it is for; `fault` says why it cannot be handed to it. */
export interface Accepted {
  readonly message: IncomingMessage;
  readonly handler: MessageHandler;
  readonly fault?: undefined;
}

export interface Unacceptable {
  readonly message: IncomingMessage;
  /** Absent when there is none for the message's type. */
  readonly handler?: MessageHandler;
  readonly fault: PermanentError;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const anyType = '*';

/** Reads a delivered message and finds its handler; holds the body against the handler's schema. Never throws. */
export function readMessage(delivered: ConsumeMessage, handlers: HandlerTable): Accepted | Unacceptable {
  const body = parseJson(delivered.content);
  const message = toIncoming(delivered, body.value);
  const handler = handlerOf(message.type, handlers);
  const unacceptable = (code: string, detail: string): Unacceptable => ({
    message,
    fault: new PermanentError(code, detail),
    ...(handler ? { handler } : {}),
  });
  if (!uuid.test(message.messageId)) return unacceptable('message.id_missing', 'the message id is not a uuid');
  if (message.type === '') return unacceptable('message.type_missing', 'the message has no type');
  if (!handler) return unacceptable('message.type_unknown', `nothing handles messages of type ${message.type}`);
  if (body.error !== undefined) return unacceptable('message.malformed', body.error);
  const validation = handler.validate(body.value);
  if (validation.valid) return { message, handler };
  const faults = validation.faults.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`);
  return unacceptable('message.invalid', faults.join('; '));
}

/** The key under which a type is handled, for labels of metrics: a sender must not be able to make up new ones. */
export function handlerKey(type: string, handlers: HandlerTable): string {
  if (Object.hasOwn(handlers, type)) return type;
  return Object.hasOwn(handlers, anyType) ? anyType : 'unknown';
}

function handlerOf(type: string, handlers: HandlerTable): MessageHandler | undefined {
  return handlers[handlerKey(type, handlers)];
}

function toIncoming({ fields, properties }: ConsumeMessage, body: unknown): IncomingMessage {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const messageId = textOf(properties.messageId).toLowerCase();
  return {
    messageId,
    type: textOf(properties.type),
    body,
    context: contextOf(textOf(properties.correlationId) || messageId, headers),
    retryCount: retryCountOf(headers),
    redelivered: fields.redelivered,
  };
}

function contextOf(correlationId: string, headers: Readonly<Record<string, unknown>>): MessageContext {
  const { causation_id: causationId, traceparent } = headers;
  return {
    correlationId,
    ...(typeof causationId === 'string' ? { causationId } : {}),
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
  };
}

function retryCountOf(headers: Readonly<Record<string, unknown>>): number {
  const count = headers[retryCountHeader];
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 0;
}

function parseJson(content: Buffer): { readonly value: unknown; readonly error?: string } {
  try {
    return { value: JSON.parse(content.toString('utf8')) };
  } catch (error) {
    return { value: undefined, error: `the body is not JSON: ${(error as Error).message}` };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
