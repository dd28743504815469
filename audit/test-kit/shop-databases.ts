import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';

const owners = {
  users_db: 'user_service',
  products_db: 'product_service',
  orders_db: 'order_service',
  payments_db: 'payment_service',
  notifications_db: 'notification_service',
  sagas_db: 'saga_orchestrator',
} as const;

export type DatabaseName = keyof typeof owners;
export type ShopDatabases = Readonly<Record<DatabaseName, TestDatabase>>;

/** The six databases of a shop of a test's own. */
export async function cloneShop(): Promise<ShopDatabases> {
  const names = Object.keys(owners) as DatabaseName[];
  const opened = await Promise.all(names.map((name) => cloneDatabase(name, owners[name])));
  return Object.fromEntries(names.map((name, index) => [name, opened[index]])) as unknown as ShopDatabases;
}

export async function dropShop(shop: ShopDatabases): Promise<void> {
  await Promise.all(Object.values(shop).map((database) => database.drop()));
}

/** What AUDIT_DATABASE_URLS is for this shop: each database as the role that may read and nothing else. */
export function auditorUrls(shop: ShopDatabases): string {
  return Object.entries(shop)
    .map(([name, { url }]) => {
      const auditor = new URL(url);
      auditor.username = 'auditor';
      return `${name}=${auditor.href}`;
    })
    .join(',');
}
