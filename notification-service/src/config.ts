import {
  type ConfigOf,
  loadConfig,
  portSetting,
  processSettings,
  storageSettings,
  tokenSettings,
} from '@sagacity/chassis/config/config';

export const notificationServiceSettings = {
  ...processSettings,
  ...tokenSettings,
  ...storageSettings,
  NOTIFICATION_SERVICE_PORT: portSetting(8005, 'Port of the notification service.'),
  SMTP_URL: {
    type: 'string',
    format: 'uri',
    description: 'Mail server, such as smtp://user:password@host:587; without it mails are only written down.',
  },
  MAIL_FROM: { type: 'string', format: 'email', default: 'shop@example.com', description: 'Sender of mails.' },
} as const;

export type NotificationServiceConfig = ConfigOf<typeof notificationServiceSettings, 'DATABASE_URL' | 'AMQP_URL'>;

export function readConfig(environment: NodeJS.ProcessEnv): NotificationServiceConfig {
  return loadConfig(notificationServiceSettings, ['DATABASE_URL', 'AMQP_URL'], environment);
}
