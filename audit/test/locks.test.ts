import { createDatabase, type Db, type Trx } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';

import { closeDatabases, openDatabases } from '../src/open-databases.ts';
import type { AuditDatabases } from '../src/read-facts.ts';
import { runAudit } from '../src/run-audit.ts';
import { fillShop } from '../test-kit/fill-shop.ts';
import { auditorUrls, cloneShop, dropShop, type ShopDatabases } from '../test-kit/shop-databases.ts';

const written = {
  orders_db: ['orders', 'order_items'],
  // The ledger's rows cannot be locked: not even its owner may change them.
  products_db: ['products', 'stock_reservations'],
  payments_db: ['payments', 'payment_attempts'],
  sagas_db: ['sagas'],
} as const;

describe('the audit beside the shop at work', () => {
  let shop: ShopDatabases;
  let databases: AuditDatabases;

  before(async () => {
    shop = await cloneShop();
    await fillShop(shop, 50);
    databases = openDatabases(auditorUrls(shop));
  });
  after(async () => {
    await closeDatabases(databases);
    await dropShop(shop);
  });

  it('does not wait for transactions that hold locks on every row it reads', async () => {
    const open: Trx[] = [];
    for (const [name, tables] of Object.entries(written)) {
      const trx = await shop[name as keyof typeof written].db.transaction();
      open.push(trx);
      for (const table of tables) await trx.raw('SELECT FROM ?? FOR UPDATE', [table]);
    }
    const report = await runAudit(databases);
    for (const trx of open) await trx.rollback();
    expect(report.clean).to.equal(true);
    expect(report.totals.orders).to.deep.equal({ confirmed: 40, cancelled: 5, rejected: 5 });
  });

  it('keeps no writer waiting while it is in the middle of its reading', async () => {
    const { products_db } = shop;
    const holder = createDatabase({ url: products_db.url, applicationName: 'holder', poolMax: 1 });
    const hold = await holder.transaction();
    // Only DDL makes a plain SELECT wait; so the audit's statement, with its snapshot and its table locks, stays open.
    await hold.raw('LOCK TABLE stock_reservations IN ACCESS EXCLUSIVE MODE');
    const auditing = runAudit(databases);
    await waitFor('the audit stands in the middle of its statement', () => isAuditWaiting(products_db.db), 20_000);

    const sold = await products_db.db('products').where({ id: 1 }).update({ description: 'changed meanwhile' });
    const bought = await shop.orders_db.db('orders').where({ id: 1 }).update({ billing_address: 'b' });
    expect([sold, bought]).to.deep.equal([1, 1]);
    expect(await isAuditWaiting(products_db.db)).to.equal(true);

    await hold.rollback();
    await holder.destroy();
    expect((await auditing).clean).to.equal(true);
  });
});

async function isAuditWaiting(db: Db): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { waiting: boolean }[] }>(
    `SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_get_activity(NULL) AS session USING (pid)
       JOIN pg_database AS base ON base.oid = session.datid
       WHERE NOT granted AND base.datname = current_database()) AS waiting`,
  );
  return rows[0]?.waiting === true;
}
