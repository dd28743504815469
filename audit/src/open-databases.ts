import { ConfigError } from '@sagacity/chassis/config/config';
import { createDatabase } from '@sagacity/chassis/db/database';
import type { AuditDatabases } from './read-facts.ts';

const names = ['users_db', 'products_db', 'orders_db', 'payments_db', 'notifications_db', 'sagas_db'] as const;

/** Opens the databases of `users_db=postgres://…,products_db=…`; throws a ConfigError that names each which is missing or no URL. */
export function openDatabases(urls: string): AuditDatabases {
  const byName = new Map(urls.split(',').map((entry) => splitOnce(entry.trim())));
  const missing = names.filter((name) => !URL.canParse(byName.get(name) ?? ''));
  if (missing.length > 0) throw new ConfigError([`AUDIT_DATABASE_URLS gives no URL for ${missing.join(', ')}`]);
  const open = (name: (typeof names)[number]) =>
    createDatabase({ url: byName.get(name) ?? '', applicationName: 'audit', poolMax: 2, statementTimeoutMs: 60_000 });
  return {
    users_db: open('users_db'),
    products_db: open('products_db'),
    orders_db: open('orders_db'),
    payments_db: open('payments_db'),
    notifications_db: open('notifications_db'),
    sagas_db: open('sagas_db'),
  };
}

export async function closeDatabases(databases: AuditDatabases): Promise<void> {
  await Promise.all(Object.values(databases).map((db) => db.destroy()));
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}
