import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { serverAddresses } from '../servers/all-servers.ts';
import { knownSettings } from '../settings/known-settings.ts';
import { resolveSettings, type Settings } from '../settings/settings.ts';
import { reportedPath } from '../supervisor/supervisor-files.ts';
import { auditEnvironment, baseUrl, type SystemContext, serviceUrls } from '../system/process-environment.ts';

/** Nothing of the machine's settings: limits out of the way, everything else as usual. */
export function testSettings(name = 'test'): Settings {
  const limits = [...knownSettings.keys()].filter((key) => key.startsWith('RATE_LIMIT_'));
  return resolveSettings({ NAME: name }, Object.fromEntries(limits.map((key) => [key, '1000000'])));
}

/** The password that test kits use for all roles; the processes of the whole-system tests share the roles. */
export const testRolePassword = 'test';

/** What test kits read: TEST_POSTGRES_ADMIN_URL, TEST_AMQP_URL, TEST_AMQP_MANAGEMENT_URL and TEST_REDIS_URL. */
export function serverEnvironment(context: SystemContext): NodeJS.ProcessEnv {
  const addresses = Object.entries(serverAddresses(context));
  return Object.fromEntries(addresses.map(([name, address]) => [`TEST_${name}`, address]));
}

/** What tests of the whole system read besides. */
export function systemEnvironment(
  instance: Instance,
  context: SystemContext,
  { volatile }: { volatile: boolean },
): NodeJS.ProcessEnv {
  const { ports, settings } = context;
  return {
    ...auditEnvironment(context),
    E2E_GATEWAY_URL: baseUrl(ports.GATEWAY_PORT),
    E2E_ADMIN_EMAIL: settings.admin.email,
    E2E_ADMIN_PASSWORD: settings.admin.password,
    E2E_SUPERVISOR_STATE: reportedPath(instance),
    // For tests that stop and start parts of the system.
    E2E_INSTANCE: instance.name,
    E2E_SERVERS: volatile ? 'volatile' : 'durable',
    E2E_LOG_FOLDER: join(instance.folder, 'logs'),
    ...Object.fromEntries(Object.entries(serviceUrls(ports)).map(([name, url]) => [`E2E_${name}`, url])),
  };
}
