import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

export const paymentServiceSettings = {
  ...processSettings,
  ...tokenSettings,
  ...storageSettings,
  PAYMENT_SERVICE_PORT: portSetting(8004, 'Port of the payment service.'),
  PAYMENT_PROVIDER_TIMEOUT_MS: {
    type: 'integer',
    minimum: 100,
    maximum: 10_000,
    default: 4_000,
    description:
      'How long a payment provider may take to answer one call; after that its answer is unclear, and asked for.',
  },
  PAYMENT_POLL_MS: {
    type: 'integer',
    minimum: 10,
    maximum: 10_000,
    default: 250,
    description: 'How often it is looked for payment attempts that are due to be asked about.',
  },
  PAYMENT_CALLS_AT_ONCE: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000,
    default: 64,
    description: 'Most calls of payment providers that are under way at once.',
  },
  SANDBOX_WEBHOOK_SECRET: {
    type: 'string',
    minLength: 16,
    default: 'sandbox-webhook-secret',
    description: "Secret that signs the sandbox provider's webhooks.",
  },
  SANDBOX_SLOW_MS: {
    type: 'integer',
    minimum: 0,
    maximum: 60_000,
    default: 3_000,
    description: 'How long the sandbox provider takes for the token tok_slow.',
  },
} as const;

export type PaymentServiceConfig = ConfigOf<typeof paymentServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): PaymentServiceConfig {
  return loadConfig(paymentServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
