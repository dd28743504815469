import type { Registry } from 'prom-client';
import type { Db } from '../db/database.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';
import type { Broker } from './broker.ts';
import type { HandlerTable } from './handlers.ts';

export interface ConsumerOptions {
  readonly broker: Broker;
  readonly db: Db;
  readonly queue: string;
  readonly handlers: HandlerTable;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Most messages handled in one transaction; default 100. */
  readonly maxBatch?: number;
  /** Most messages the broker hands out ahead of their acknowledgement; default 200. */
  readonly prefetch?: number;
  /** Name under which the inbox remembers messages; default the queue's. */
  readonly consumer?: string;
}

export function createConsumer(_options: ConsumerOptions): Part {
  throw new Error('not written yet');
}
