import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';
import { paymentMethodSchema } from '@sagacity/payment-service/contract/payment-method';

export const orderServiceSettings = {
  ...processSettings,
  ...tokenSettings,
  ...storageSettings,
  ORDER_SERVICE_PORT: portSetting(8003, 'Port of the order service.'),
  PRODUCT_SERVICE_URL: {
    type: 'string',
    format: 'uri',
    default: 'http://127.0.0.1:8002',
    description: 'Where names, prices and availability are asked for.',
  },
  PAYMENT_SERVICE_URL: {
    type: 'string',
    format: 'uri',
    default: 'http://127.0.0.1:8004',
    description: "Where an order's payments are asked for.",
  },
  ORDER_OPEN_REQUESTS_MAX: {
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    default: 1_000,
    description: 'Most requests that wait for an order or follow it, on one instance at a time.',
  },
  DEFAULT_PAYMENT_PROVIDER: {
    ...paymentMethodSchema.properties.provider,
    default: 'sandbox',
    description: 'Provider of orders that name no payment method.',
  },
  DEFAULT_PAYMENT_TOKEN: {
    ...paymentMethodSchema.properties.token,
    default: 'tok_approve',
    description: 'Payment token of orders that name no payment method.',
  },
} as const;

export type OrderServiceConfig = ConfigOf<typeof orderServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): OrderServiceConfig {
  return loadConfig(orderServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
