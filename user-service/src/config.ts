import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

const { JWT_ISSUER, JWT_AUDIENCE } = tokenSettings;

export const userServiceSettings = {
  ...processSettings,
  ...storageSettings,
  USER_SERVICE_PORT: portSetting(8001, 'Port of the user service.'),
  JWT_ISSUER: { ...JWT_ISSUER, description: 'Issuer named in access tokens.' },
  JWT_AUDIENCE: { ...JWT_AUDIENCE, description: 'Audience named in access tokens.' },
  PASSWORD_HASHES_AT_ONCE: {
    type: 'integer',
    minimum: 0,
    maximum: 64,
    default: 0,
    description: 'Most passwords hashed in parallel by this process; 0: as many as there are cores.',
  },
  PASSWORD_HASHES_WAITING: {
    type: 'integer',
    minimum: 0,
    maximum: 10_000,
    default: 64,
    description: 'Most passwords that wait for their turn to be hashed; beyond that the answer is 503.',
  },
  RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES: {
    type: 'integer',
    minimum: 1,
    default: 5,
    description: 'Failed logins to one account per 15 minutes, after which each further attempt has to wait.',
  },
  ADMIN_EMAIL: {
    type: 'string',
    format: 'email',
    description: 'Email of the first admin, made at start if it is free.',
  },
  ADMIN_USERNAME: {
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{2,99}$',
    default: 'admin',
    description: 'Username of the first admin.',
  },
  ADMIN_PASSWORD: { type: 'string', minLength: 8, description: 'Password of the first admin; never overwrites one.' },
} as const;

export type UserServiceConfig = ConfigOf<typeof userServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): UserServiceConfig {
  return loadConfig(userServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
