import { hostname } from 'node:os';
import type { ConfirmChannel, GetMessage } from 'amqplib';
import { failureHeaders, replayOf } from './failed-message.ts';
import { retryCountHeader } from './incoming.ts';
import { confirmedPublishOn, connectTo } from './publisher.ts';
import { deadLetterQueue } from './topology.ts';

/** A message that its consumer could not handle, as it lies in the dead-letter queue. */
export interface DeadLetter {
  /** The queue that it was for. */
  readonly queue: string;
  readonly messageId: string;
  readonly type: string;
  readonly correlationId: string | null;
  /** Why: a code of ours, or `delivery_limit` when the broker gave up on it because its consumers kept dying. */
  readonly code: string;
  readonly detail: string | null;
  /** RFC 3339. */
  readonly failedAt: string | null;
  /** How often it was up the retry ladder. */
  readonly retryCount: number;
  readonly payload: string;
}

/** Looks into the dead letters of any queue, and sends them back. Each call uses a connection of its own; while it runs, another call finds the letters it holds missing. */
export interface DeadLetters {
  count(queue: string): Promise<number>;
  /** The oldest letters; they stay where they are, in their order. */
  peek(queue: string, limit: number): Promise<DeadLetter[]>;
  /**
   * Sends one letter back to its queue alone, with the same message id, so that a consumer that did commit it does not do it again,
   * and with the whole retry ladder before it. It leaves the dead letters only once the queue has it; false when it is not among them.
   */
  replay(queue: string, messageId: string): Promise<boolean>;
  /** Sends back all letters that lie there at its start, oldest first, and returns how many. */
  replayAll(queue: string): Promise<number>;
}

export function createDeadLetters(options: { readonly url: string; readonly service: string }): DeadLetters {
  const onChannel = async <T>(work: (channel: ConfirmChannel, sendBack: SendBack) => Promise<T>): Promise<T> => {
    const connection = await connectTo(options.url, `${options.service}@${hostname()} dead letters`);
    // A loss shows in the call that it breaks; without a listener it would end the process.
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      const result = await work(channel, sendBackOn(channel));
      // Acknowledgements can be lost when a connection is closed over them; a channel takes them in before it closes.
      await channel.close();
      return result;
    } finally {
      await connection.close().catch(() => undefined);
    }
  };
  return {
    count: (queue) => onChannel((channel) => countOf(channel, queue)),
    peek: (queue, limit) =>
      onChannel(async (channel) => {
        const letters: DeadLetter[] = [];
        for await (const message of lettersOf(channel, queue, limit)) letters.push(readDeadLetter(queue, message));
        return letters;
      }),
    replay: (queue, messageId) =>
      onChannel(async (channel, sendBack) => {
        for await (const message of lettersOf(channel, queue, await countOf(channel, queue))) {
          if (message.properties.messageId !== messageId) continue;
          await sendBack(queue, message);
          return true;
        }
        return false;
      }),
    replayAll: (queue) =>
      onChannel(async (channel, sendBack) => {
        let sent = 0;
        for await (const message of lettersOf(channel, queue, await countOf(channel, queue))) {
          await sendBack(queue, message);
          sent += 1;
        }
        return sent;
      }),
  };
}

async function countOf(channel: ConfirmChannel, queue: string): Promise<number> {
  return (await channel.checkQueue(deadLetterQueue(queue))).messageCount;
}

/** Takes letters one by one, without giving any up. */
async function* lettersOf(channel: ConfirmChannel, queue: string, limit: number): AsyncGenerator<GetMessage> {
  for (let taken = 0; taken < limit; taken += 1) {
    const message = await channel.get(deadLetterQueue(queue));
    if (!message) return;
    yield message;
  }
}

type SendBack = (queue: string, message: GetMessage) => Promise<void>;

function sendBackOn(channel: ConfirmChannel): SendBack {
  const publish = confirmedPublishOn(channel);
  return async (queue, message) => {
    await publish(replayOf(message, queue));
    channel.ack(message);
  };
}

/** What a dead letter of a queue says; never throws, whatever it carries. */
export function readDeadLetter(
  queue: string,
  { properties, content }: Pick<GetMessage, 'properties' | 'content'>,
): DeadLetter {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const retryCount = headers[retryCountHeader];
  return {
    queue,
    messageId: textOf(properties.messageId) ?? '',
    type: textOf(properties.type) ?? '',
    correlationId: textOf(properties.correlationId),
    code: textOf(headers[failureHeaders.code]) ?? textOf(headers['x-first-death-reason']) ?? 'unknown',
    detail: textOf(headers[failureHeaders.detail]),
    failedAt: textOf(headers[failureHeaders.at]),
    retryCount: typeof retryCount === 'number' ? retryCount : 0,
    payload: content.toString('utf8'),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
