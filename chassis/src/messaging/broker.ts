import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';
import type { QueueSpec } from './topology.ts';

export interface BrokerOptions {
  readonly url: string;
  /** Shown as connection name `<service>@<host>`. */
  readonly service: string;
  readonly queues: readonly QueueSpec[];
  readonly logger: Logger;
  /** Delays of the retry ladder; all processes of a virtual host must agree on them. */
  readonly retryDelaysMs?: readonly number[];
}

/** RabbitMQ as a part of a process. */
export interface Broker extends Part {
  /** False while RabbitMQ is away; for readiness. */
  isConnected(): boolean;
}

export function createBroker(_options: BrokerOptions): Broker {
  throw new Error('not written yet');
}
