import { portNames, usualPorts } from '../instance/ports.ts';

export type SettingKind = 'port' | 'whole number' | 'email' | 'text' | 'level' | 'mode' | 'password';

export type KnownSetting = {
  kind: SettingKind;
  /** What is used when it is not set; empty when there is nothing to use. */
  usual: string;
  description: string;
};

export type SettingGroup = { title: string; settings: Record<string, KnownSetting> };

const portDescriptions: Partial<Record<string, string>> = {
  GATEWAY_PORT: 'The front door: all requests go here.',
  AMQP_PORT: 'RabbitMQ.',
  AMQP_MANAGEMENT_PORT: "RabbitMQ's management page.",
  AMQP_DISTRIBUTION_PORT: "RabbitMQ's port for its own command-line programs.",
  EPMD_PORT: "Erlang's name server, one of our own.",
  MAIL_PORT: 'The mail sink of a system in containers: a page with all mails.',
  OUTBOX_RELAY_PORT: "The outbox-relay's health and metrics.",
  POSTGRES_PORT: 'PostgreSQL.',
  REDIS_PORT: 'Redis.',
};

const ports = Object.fromEntries(
  portNames.map((name) => {
    const description = portDescriptions[name] ?? `The ${serviceOf(name)}, without the gateway.`;
    return [name, { kind: 'port', usual: String(usualPorts[name]), description } satisfies KnownSetting];
  }),
);

function serviceOf(port: string): string {
  return port
    .replace(/_PORT$/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

function perUnit(usual: number, description: string): KnownSetting {
  return { kind: 'whole number', usual: String(usual), description };
}

/** The settings that `make` understands; `.env.example` is written from them. */
export const settingGroups: SettingGroup[] = [
  {
    title: 'Ports. One that is left out moves to the next free one when it is taken; one that is set does not.',
    settings: ports,
  },
  {
    title: 'The first administrator, made when it does not exist yet. Change both before anybody else can reach it.',
    settings: {
      ADMIN_EMAIL: { kind: 'email', usual: 'admin@sagacity.example', description: 'Its address, to log in with.' },
      ADMIN_USERNAME: { kind: 'text', usual: 'admin', description: 'Its name, to log in with as well.' },
      ADMIN_PASSWORD: {
        kind: 'password',
        usual: 'Sagacity-Admin-1',
        description: 'Its password, at least 8 characters.',
      },
    },
  },
  {
    title: 'Limits on requests. Raise them for a load test.',
    settings: {
      RATE_LIMIT_ADDRESS_PER_MINUTE: perUnit(300, 'Requests of one address.'),
      RATE_LIMIT_USER_PER_MINUTE: perUnit(600, 'Requests of one user.'),
      RATE_LIMIT_ORDERS_PER_MINUTE: perUnit(10, 'Orders of one user.'),
      RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES: perUnit(5, 'Failed logins to one account.'),
      RATE_LIMIT_LOGIN_ADDRESS_PER_15_MINUTES: perUnit(10, 'Failed logins from one address.'),
      RATE_LIMIT_REGISTER_PER_HOUR: perUnit(5, 'New accounts from one address.'),
    },
  },
  {
    title: 'The rest.',
    settings: {
      LOG_LEVEL: { kind: 'level', usual: 'info', description: 'error, warn, info or debug.' },
      JWT_ISSUER: { kind: 'text', usual: 'sagacity', description: 'Issuer in access tokens.' },
      JWT_AUDIENCE: { kind: 'text', usual: 'sagacity', description: 'Audience in access tokens.' },
      MODE: {
        kind: 'mode',
        usual: '',
        description:
          'docker: in containers; native: without. Left out: as before, else docker where an engine answers.',
      },
    },
  },
];

/** The same, by name. */
export const knownSettings: ReadonlyMap<string, KnownSetting> = new Map(
  settingGroups.flatMap(({ settings }) => Object.entries(settings)),
);
