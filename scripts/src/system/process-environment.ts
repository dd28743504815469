import type { Ports } from '../instance/ports.ts';
import type { DatabaseRole, Secrets } from '../instance/secrets.ts';
import { serverAddresses } from '../servers/all-servers.ts';
import type { Settings } from '../settings/settings.ts';
import type { ProcessSpec } from '../supervisor/supervisor-files.ts';
import { outboxRelay, owners, type SystemProcess, systemProcesses } from './processes.ts';

export type SystemContext = { ports: Ports; secrets: Secrets; settings: Settings };

const host = '127.0.0.1';

/** What the supervisor is told to run: all eight processes, each with the environment that it needs alone. */
export function describeProcesses(context: SystemContext): ProcessSpec[] {
  return systemProcesses.map((process) => ({
    name: process.name,
    // As many threads for V8's compiling and collecting as there are cores to spare: eight processes with its four each are in each other's way.
    args: ['--v8-pool-size=0', `${process.name}/src/main.ts`],
    env: processEnvironment(process, context),
  }));
}

/** The environment of one process; of the passwords it holds its own only, and the orchestrator that of the auditor, who may only read. */
export function processEnvironment(process: SystemProcess, context: SystemContext): Record<string, string> {
  const { ports, settings } = context;
  const { AMQP_URL, REDIS_URL } = serverAddresses(context);
  return {
    ...settings.forProcesses,
    NODE_ENV: 'production',
    TZ: 'UTC',
    HOST: host,
    [process.port]: String(ports[process.port]),
    AMQP_URL,
    REDIS_URL,
    JWKS_URL: `${baseUrl(ports.USER_SERVICE_PORT)}/.well-known/jwks.json`,
    ...serviceUrls(ports),
    ...(process.database && { DATABASE_URL: databaseUrl(process.database.name, process.database.role, context) }),
    ...(process.name === outboxRelay.name && outboxEnvironment(context)),
    ...(process.name === 'user-service' && adminEnvironment(settings)),
    ...(process.name === 'saga-orchestrator' && auditEnvironment(context)),
  };
}

/** What the migrations' commands read: the superuser's address and the password of each role. */
export function migrationEnvironment(context: SystemContext): Record<string, string> {
  const passwords = Object.entries(context.secrets.roles).map(
    ([role, password]) => [`DB_PASSWORD_${role.toUpperCase()}`, password] as const,
  );
  return {
    ...Object.fromEntries(passwords),
    ...adminEnvironment(context.settings),
    POSTGRES_ADMIN_URL: serverAddresses(context).POSTGRES_ADMIN_URL,
    REDIS_URL: serverAddresses(context).REDIS_URL,
    TZ: 'UTC',
  };
}

/** What the audit reads: all databases, as the role that may read and nothing else. */
export function auditEnvironment(context: SystemContext): Record<string, string> {
  return { AUDIT_DATABASE_URLS: databaseUrls('auditor', context) };
}

/** What the relay and its operators read: all databases, as the role that may touch nothing but outboxes. */
export function outboxEnvironment(context: SystemContext): Record<string, string> {
  return { OUTBOX_DATABASE_URLS: databaseUrls('outbox_relay', context) };
}

/** The address of one database for one role. */
export function databaseUrl(database: string, role: DatabaseRole, { ports, secrets }: SystemContext): string {
  return `postgres://${role}:${secrets.roles[role]}@${host}:${ports.POSTGRES_PORT}/${database}`;
}

/** The address under which a process of this machine is reached. */
export function baseUrl(port: number): string {
  return `http://${host}:${port}`;
}

/** Where each service is without the gateway, by the name of the setting that says so. */
export function serviceUrls(ports: Ports): Record<string, string> {
  const services = [...owners, outboxRelay];
  return Object.fromEntries(
    services.map(({ name, port }) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, baseUrl(ports[port])]),
  );
}

function databaseUrls(role: DatabaseRole, context: SystemContext): string {
  return owners.map(({ database }) => `${database.name}=${databaseUrl(database.name, role, context)}`).join(',');
}

function adminEnvironment({ admin }: Settings): Record<string, string> {
  return { ADMIN_EMAIL: admin.email, ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password };
}
