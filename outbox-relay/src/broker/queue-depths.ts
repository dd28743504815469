import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Channel } from 'amqplib';

/** Whether consumers have more before them than they should. */
export interface Crowding {
  /** As it was a moment ago; asking makes it look again. False as long as nothing is known. */
  isCrowded(): boolean;
}

export interface QueueDepthsOptions {
  readonly openChannel: () => Promise<Channel>;
  readonly queues: readonly string[];
  /** Messages in one queue from which on consumers are crowded; 0 never looks. */
  readonly limit: number;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const notFound = 404;

/**
 * Looks into the queues by passive declarations on a channel of its own, at most every 200 ms and only while somebody asks. A queue that does
 * not exist is left out from then on; a broker that does not answer leaves things unknown.
 */
export function createQueueDepths({ openChannel, queues, limit, logger, everyMs = 200 }: QueueDepthsOptions): Crowding {
  const there = new Set(queues);
  let crowded = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking = false;
  let channel: Channel | undefined;

  const open = async () => {
    const opened = await openChannel();
    // The failure is told by the call itself; without a listener the event would end the process.
    opened.on('error', () => undefined);
    opened.on('close', () => {
      channel = undefined;
    });
    channel = opened;
    return opened;
  };
  const depthOf = async (queue: string): Promise<number> => {
    try {
      return (await (channel ?? (await open())).checkQueue(queue)).messageCount;
    } catch (error) {
      if ((error as { code?: unknown }).code !== notFound) throw error;
      logger.warn('queue does not exist, its depth is not looked at', { queue });
      there.delete(queue);
      return 0;
    }
  };
  const look = async () => {
    looking = true;
    try {
      let deepest = 0;
      for (const queue of there) deepest = Math.max(deepest, await depthOf(queue));
      crowded = deepest >= limit;
    } catch (error) {
      crowded = false;
      logger.debug('depths of queues are unknown', { error });
    } finally {
      lookedAt = performance.now();
      looking = false;
    }
  };
  return {
    isCrowded: () => {
      if (limit > 0 && !looking && performance.now() - lookedAt >= everyMs) void look();
      return crowded;
    },
  };
}
