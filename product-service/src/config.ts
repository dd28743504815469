import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

export const productServiceSettings = {
  ...processSettings,
  ...tokenSettings,
  ...storageSettings,
  PRODUCT_SERVICE_PORT: portSetting(8002, 'Port of the product service.'),
} as const;

export type ProductServiceConfig = ConfigOf<typeof productServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): ProductServiceConfig {
  return loadConfig(productServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
