import type { Migration } from './migration.ts';

/** One service's database: its name, the login role that owns it, and where its migrations are listed. */
export interface DatabaseSpec {
  readonly name: string;
  readonly role: string;
  /** Folder of the migrations below src. */
  readonly folder: string;
  /** Loaded on demand, so that a mistake in one database's migrations does not keep the others from migrating. */
  readonly migrations: () => Promise<readonly Migration[]>;
}

export const databases: readonly DatabaseSpec[] = [
  {
    name: 'users_db',
    role: 'user_service',
    folder: 'users',
    migrations: async () => (await import('./users/list.ts')).migrations,
  },
  {
    name: 'products_db',
    role: 'product_service',
    folder: 'products',
    migrations: async () => (await import('./products/list.ts')).migrations,
  },
  {
    name: 'orders_db',
    role: 'order_service',
    folder: 'orders',
    migrations: async () => (await import('./orders/list.ts')).migrations,
  },
  {
    name: 'payments_db',
    role: 'payment_service',
    folder: 'payments',
    migrations: async () => (await import('./payments/list.ts')).migrations,
  },
  {
    name: 'notifications_db',
    role: 'notification_service',
    folder: 'notifications',
    migrations: async () => (await import('./notifications/list.ts')).migrations,
  },
  {
    name: 'sagas_db',
    role: 'saga_orchestrator',
    folder: 'sagas',
    migrations: async () => (await import('./sagas/list.ts')).migrations,
  },
];

/** The database of that name; throws with the names there are. */
export function databaseNamed(name: string): DatabaseSpec {
  const found = databases.find((database) => database.name === name);
  if (!found)
    throw new Error(`no database ${name}: there are ${databases.map((database) => database.name).join(', ')}`);
  return found;
}
