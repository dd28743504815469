import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

const limit = (value: number, description: string) =>
  ({ type: 'integer', minimum: 1, default: value, description }) as const;

const address = (port: number, service: string) =>
  ({
    type: 'string',
    format: 'uri',
    default: `http://127.0.0.1:${port}`,
    description: `Where ${service} is while no instance of it holds a lease in Redis.`,
  }) as const;

export const gatewaySettings = {
  ...processSettings,
  ...tokenSettings,
  GATEWAY_PORT: portSetting(8000, 'Port of the gateway.'),
  LEAVE_MS: {
    type: 'integer',
    minimum: 0,
    maximum: 10_000,
    default: 2_000,
    description:
      'How long a gateway that was told to end still serves: it is not ready then, and ends connections with its answers.',
  },
  REDIS_URL: { type: 'string', format: 'uri', default: 'redis://127.0.0.1:6379/0', description: 'Redis URL.' },
  TRUSTED_PROXIES: {
    type: 'string',
    default: '',
    description: 'Comma separated addresses or CIDR ranges whose X-Forwarded-For is believed; empty: nobody.',
  },
  CORS_ORIGINS: {
    type: 'string',
    default: '',
    description: 'Comma separated origins of browsers that may call; empty: none.',
  },
  USER_SERVICE_URL: address(8001, 'user-service'),
  PRODUCT_SERVICE_URL: address(8002, 'product-service'),
  ORDER_SERVICE_URL: address(8003, 'order-service'),
  PAYMENT_SERVICE_URL: address(8004, 'payment-service'),
  NOTIFICATION_SERVICE_URL: address(8005, 'notification-service'),
  SAGA_ORCHESTRATOR_URL: address(8006, 'saga-orchestrator'),
  OUTBOX_RELAY_URL: address(8007, 'outbox-relay'),
  RATE_LIMIT_ADDRESS_PER_MINUTE: limit(300, 'Requests a minute from one client address.'),
  RATE_LIMIT_USER_PER_MINUTE: limit(600, 'Requests a minute of one user.'),
  RATE_LIMIT_ORDERS_PER_MINUTE: limit(10, 'Orders a minute of one user.'),
  RATE_LIMIT_LOGIN_ADDRESS_PER_15_MINUTES: limit(10, 'Logins per 15 minutes from one client address.'),
  RATE_LIMIT_REGISTER_PER_HOUR: limit(5, 'Registrations an hour from one client address.'),
} as const;

export type GatewayConfig = ConfigOf<typeof gatewaySettings, never>;

export function readConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  return loadConfig(gatewaySettings, [], environment);
}

/** The parts of a comma separated setting. */
export function listOf(setting: string): string[] {
  return setting
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
