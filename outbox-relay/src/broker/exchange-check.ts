import type { Channel } from 'amqplib';

/** Knows which exchanges exist. Publishing to one that does not would close the channel and with it whole windows of messages. */
export interface ExchangeCheck {
  /** Found ones are remembered for the connection's life, missing ones are looked for again at each call. */
  exists(exchange: string): Promise<boolean>;
  /** Forgets what was found, since exchanges may have been deleted. */
  forget(): void;
}

const notFound = 404;

/** Looks by passive declaration on a channel of its own, since the broker closes the channel on which it fails. */
export function createExchangeCheck(openChannel: () => Promise<Channel>): ExchangeCheck {
  const found = new Set<string>();
  return {
    exists: async (exchange) => {
      if (found.has(exchange)) return true;
      const channel = await openChannel();
      // The failure is told by the call itself; without a listener the event would end the process.
      channel.on('error', () => undefined);
      try {
        await channel.checkExchange(exchange);
      } catch (error) {
        if ((error as { code?: unknown }).code === notFound) return false;
        throw error;
      }
      await channel.close();
      found.add(exchange);
      return true;
    },
    forget: () => found.clear(),
  };
}
