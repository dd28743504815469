import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

export const sagaOrchestratorSettings = {
  ...processSettings,
  ...tokenSettings,
  ...storageSettings,
  SAGA_ORCHESTRATOR_PORT: portSetting(8006, 'Port of the saga orchestrator.'),
  AUDIT_DATABASE_URLS: {
    type: 'string',
    default: '',
    description:
      'All six databases for a role that may read: users_db=postgres://…,products_db=…; empty: POST /admin/audit is not available.',
  },
} as const;

export type SagaOrchestratorConfig = ConfigOf<typeof sagaOrchestratorSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): SagaOrchestratorConfig {
  return loadConfig(sagaOrchestratorSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
