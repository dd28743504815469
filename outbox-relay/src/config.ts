import {
  ConfigError,
  loadConfig,
  portSetting,
  processSettings,
  type Settings,
  tokenSettings,
} from '@sagacity/chassis/config/config';
import { producers } from './producers.ts';

export const relaySettings = {
  ...processSettings,
  ...tokenSettings,
  OUTBOX_RELAY_PORT: portSetting(8007, 'Port of health, metrics and the outbox overview.'),
  OUTBOX_DATABASE_URLS: {
    type: 'string',
    description:
      'The databases whose outboxes are drained, as name=URL, comma separated. Direct connections, no transaction pooling.',
  },
  AMQP_URL: { type: 'string', format: 'uri', description: 'RabbitMQ URL with virtual host.' },
  REDIS_URL: { type: 'string', format: 'uri', default: 'redis://127.0.0.1:6379/0', description: 'Redis URL.' },
  OUTBOX_BATCH_SIZE: {
    type: 'integer',
    minimum: 1,
    maximum: 5_000,
    default: 500,
    description: 'Most rows of one read.',
  },
  OUTBOX_WINDOW: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    default: 1_000,
    description: 'Most messages of one database that wait for their confirm.',
  },
  OUTBOX_POLL_MS: {
    type: 'integer',
    minimum: 10,
    maximum: 60_000,
    default: 250,
    description: 'Longest wait for new rows when no poke comes, in milliseconds.',
  },
  OUTBOX_ATTEMPTS_LIMIT: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000,
    default: 10,
    description: 'Failures after which a message that cannot be routed or sent is put into outbox_dead.',
  },
  OUTBOX_CATCH_UP_PER_SECOND: {
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    default: 8_000,
    description:
      'Most messages a second out of a backlog that is older than a minute; fresh ones go before it. 0 for no limit.',
  },
  OUTBOX_CATCH_UP_QUEUE_DEPTH: {
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    default: 1_000,
    description: 'Messages in a queue from which on nothing is added out of a backlog; 0 does not look at queues.',
  },
} as const satisfies Settings;

export interface OutboxDatabase {
  readonly name: string;
  readonly url: string;
}

export type RelayConfig = ReturnType<typeof readRelayConfig>;

/** The relay's settings; throws one ConfigError that names all faults. */
export function readRelayConfig(environment: Readonly<Record<string, string | undefined>>) {
  const settings = loadConfig(relaySettings, ['OUTBOX_DATABASE_URLS', 'AMQP_URL'], environment);
  return { ...settings, databases: readDatabases(settings.OUTBOX_DATABASE_URLS) };
}

/** The databases that OUTBOX_DATABASE_URLS names; throws one ConfigError that names all faults. */
export function readDatabases(text: string): readonly OutboxDatabase[] {
  const faults: string[] = [];
  const found = new Map<string, OutboxDatabase>();
  for (const [index, entry] of text.split(',').entries()) {
    const [name = '', ...rest] = entry.trim().split('=');
    const url = rest.join('=');
    // The URL holds a password, so a fault names the entry by its place.
    const where = `OUTBOX_DATABASE_URLS entry ${index + 1}`;
    if (!URL.canParse(url) || !/^postgres(ql)?:/.test(url)) faults.push(`${where} must be name=postgres://…`);
    else if (!producers.has(name)) faults.push(`${where} must name one of ${[...producers.keys()].join(', ')}`);
    else if (found.has(name)) faults.push(`${where} names ${name} a second time`);
    else found.set(name, { name, url });
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return [...found.values()];
}
