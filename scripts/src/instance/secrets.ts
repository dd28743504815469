import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Instance } from './instance.ts';
import { readJson, writeJson } from './json-file.ts';

/** The login roles of PostgreSQL: one per service that owns a database, the relay's and the audit's. */
export const databaseRoles = [
  'user_service',
  'product_service',
  'order_service',
  'payment_service',
  'notification_service',
  'saga_orchestrator',
  'outbox_relay',
  'auditor',
] as const;

export type DatabaseRole = (typeof databaseRoles)[number];

/** The passwords of one instance, made once and kept in its folder. */
export type Secrets = {
  postgresAdmin: string;
  redis: string;
  rabbitmq: string;
  erlangCookie: string;
  roles: Record<DatabaseRole, string>;
};

/** Gives all login roles of an instance that is not set up yet the same password: for tests, which have to know it. */
export function presetRolePasswords(instance: Instance, password: string): void {
  const roles = Object.fromEntries(databaseRoles.map((role) => [role, password])) as Secrets['roles'];
  writeJson(secretsPath(instance), { ...openSecrets(instance), roles });
}

/** The instance's secrets; makes those that are not there yet. */
export function openSecrets(instance: Instance): Secrets {
  const path = secretsPath(instance);
  const known = readJson<Partial<Secrets>>(path);
  const secrets = completeSecrets(known ?? {});
  if (JSON.stringify(known) !== JSON.stringify(secrets)) writeJson(path, secrets);
  return secrets;
}

function completeSecrets(known: Partial<Secrets>): Secrets {
  const roles = databaseRoles.map((role) => [role, known.roles?.[role] ?? makePassword()] as const);
  return {
    postgresAdmin: known.postgresAdmin ?? makePassword(),
    redis: known.redis ?? makePassword(),
    rabbitmq: known.rabbitmq ?? makePassword(),
    erlangCookie: known.erlangCookie ?? makePassword(),
    roles: Object.fromEntries(roles) as Record<DatabaseRole, string>,
  };
}

/** 24 letters and digits (142 bits), of which none needs quoting in a URL, a shell or a configuration file. */
export function makePassword(): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  return Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function secretsPath(instance: Instance): string {
  return join(instance.folder, 'secrets.json');
}
