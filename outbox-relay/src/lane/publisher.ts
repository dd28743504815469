import type { ConfirmChannel } from 'amqplib';
import { toPublication } from './message.ts';
import type { OutboxRow } from './row.ts';

/** What became of published rows, in the order in which it was learned. */
export interface Settled {
  /** Confirmed, and routed to at least one queue. */
  readonly confirmed: OutboxRow[];
  /** Confirmed, but no queue was there to take them. */
  readonly returned: OutboxRow[];
  /** Refused by the broker: a full queue, or an error of its own. */
  readonly nacked: OutboxRow[];
}

/** The row cannot become a message; nothing of it was sent. */
export class UnsendableError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'UnsendableError';
  }
}

/** Why a channel is gone; the outcome of its unconfirmed messages is unknown. `code` is the broker's, when it closed the channel. */
export class ChannelLostError extends Error {
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.name = 'ChannelLostError';
    this.code = code;
  }
}

export interface PublisherOptions {
  readonly channel: ConfirmChannel;
  /** App id of the messages. */
  readonly producer: string;
  /** Called whenever something is settled or the channel is lost. */
  readonly onProgress: () => void;
  readonly onConfirmSeconds: (seconds: number) => void;
}

/**
 * Publishes on one confirm channel, so that the order of publishing is the order of arrival, and collects what is settled.
 * The broker sends the return of a message before its confirm, so a message is good only when it is confirmed and was not returned.
 * What is unconfirmed when the channel goes is in neither list: its rows stay and are sent again.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #unconfirmed = new Map<number, number>();
  readonly #returned = new Set<string>();
  #settled: Settled = { confirmed: [], returned: [], nacked: [] };
  #lost: ChannelLostError | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { channel } = options;
    channel.on('return', ({ properties }: { properties: { messageId: string } }) => {
      this.#returned.add(properties.messageId);
    });
    channel.on('error', (error: Error & { code?: number }) =>
      this.#lose(new ChannelLostError(error.message, error.code)),
    );
    // Before amqplib's own listener, which reports all unconfirmed messages as failed.
    channel.prependListener('close', () => this.#lose(new ChannelLostError('the channel is closed')));
  }

  get unconfirmed(): number {
    return this.#unconfirmed.size;
  }

  get settled(): number {
    return this.#settled.confirmed.length + this.failures;
  }

  get failures(): number {
    return this.#settled.returned.length + this.#settled.nacked.length;
  }

  get nacks(): number {
    return this.#settled.nacked.length;
  }

  /** Set once the channel is gone. */
  get lost(): ChannelLostError | undefined {
    return this.#lost;
  }

  /** The performance.now() at which the oldest unconfirmed message was published. */
  get waitingSince(): number | undefined {
    return this.#unconfirmed.values().next().value;
  }

  /**
   * Sends a row. Throws UnsendableError when it cannot become a message, before any byte of it is sent.
   * The channel's answer that its buffer is full is not waited for: the caller's window bounds what is in flight.
   */
  publish(row: OutboxRow): void {
    if (this.#lost) throw this.#lost;
    const at = performance.now();
    try {
      const { exchange, routingKey, content, options } = toPublication(row, this.#options.producer);
      this.#options.channel.publish(exchange, routingKey, content, options, (error) => this.#settle(row, at, error));
    } catch (error) {
      throw new UnsendableError(error);
    }
    this.#unconfirmed.set(row.id, at);
  }

  /** Hands over what was settled since the last call. */
  takeSettled(): Settled {
    const settled = this.#settled;
    this.#settled = { confirmed: [], returned: [], nacked: [] };
    return settled;
  }

  /** Gives the channel up; what is unconfirmed stays unknown. */
  abandon(): void {
    if (this.#lost) return;
    this.#lose(new ChannelLostError('the channel was given up'));
    // A broker that does not answer is found out by the connection's heartbeat.
    this.#options.channel.close().catch(() => undefined);
  }

  #settle(row: OutboxRow, publishedAt: number, error: unknown): void {
    if (this.#lost) return;
    this.#unconfirmed.delete(row.id);
    const wasReturned = this.#returned.delete(row.message_id);
    if (error) this.#settled.nacked.push(row);
    else if (wasReturned) this.#settled.returned.push(row);
    else this.#settled.confirmed.push(row);
    this.#options.onConfirmSeconds((performance.now() - publishedAt) / 1_000);
    this.#options.onProgress();
  }

  #lose(error: ChannelLostError): void {
    this.#lost ??= error;
    this.#options.onProgress();
  }
}
