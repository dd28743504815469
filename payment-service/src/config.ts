import {
  ConfigError,
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
  STRIPE_SECRET_KEY: {
    type: 'string',
    pattern: '^(?:sk|rk)_',
    description: 'Secret key of a Stripe account; unset: orders cannot be paid with the provider stripe.',
  },
  STRIPE_WEBHOOK_SECRET: {
    type: 'string',
    pattern: '^whsec_',
    description: "Signing secret of Stripe's webhooks to /payments/webhooks/stripe; needed beside STRIPE_SECRET_KEY.",
  },
} as const;

export type PaymentServiceConfig = ConfigOf<typeof paymentServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): PaymentServiceConfig {
  const config = loadConfig(paymentServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
  if ((config.STRIPE_SECRET_KEY === undefined) !== (config.STRIPE_WEBHOOK_SECRET === undefined)) {
    throw new ConfigError(['STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are set together, or neither']);
  }
  return config;
}
