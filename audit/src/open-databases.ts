import { createDatabase } from '@sagacity/chassis/db/database';
import type { AuditDatabases } from './read-facts.ts';

const names = ['users_db', 'products_db', 'orders_db', 'payments_db', 'notifications_db', 'sagas_db'] as const;

/** Opens the databases of `users_db=postgres://…,products_db=…`; throws with the name of one that is missing. */
export function openDatabases(urls: string): AuditDatabases {
  const byName = new Map(urls.split(',').map((entry) => splitOnce(entry.trim())));
  const open = (name: (typeof names)[number]) => {
    const url = byName.get(name);
    if (!url) throw new Error(`AUDIT_DATABASE_URLS names no ${name}`);
    return createDatabase({ url, applicationName: 'audit', poolMax: 2, statementTimeoutMs: 60_000 });
  };
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
