import { expect } from 'chai';
import { auditorRole } from '../src/auditor-role.ts';
import { createMigrated, type Scratch } from './scratch.ts';

const denied = /permission denied/;

describe("the auditor's role", () => {
  const made: Scratch[] = [];
  after(async () => {
    for (const scratch of made) await scratch.drop();
  });

  for (const name of ['users_db', 'notifications_db']) {
    it(`reads the outbox of ${name} and nothing of its people`, async () => {
      const scratch = await migrated(name);
      const tables = await tablesOf(scratch);
      for (const table of ['outbox', 'outbox_dead']) await scratch.query(`SELECT * FROM ${table}`, [], auditorRole);
      const others = tables.filter((table) => table !== 'outbox' && table !== 'outbox_dead');
      expect(others).to.include(name === 'users_db' ? 'users' : 'recipients');
      for (const table of others) expect(await readBy(scratch, table), table).to.match(denied);
    });
  }

  for (const [name, owner] of [
    ['products_db', 'product_service'],
    ['orders_db', 'order_service'],
    ['payments_db', 'payment_service'],
    ['sagas_db', 'saga_orchestrator'],
  ] as const) {
    it(`reads all tables of ${name}, also those that are made later, and changes none`, async () => {
      const scratch = await migrated(name);
      await scratch.query('CREATE TABLE made_later (id integer)', [], owner);
      for (const table of await tablesOf(scratch)) expect(await readBy(scratch, table), table).to.equal('read');
      const change = scratch.query('DELETE FROM outbox', [], auditorRole).catch((error: Error) => error.message);
      expect(await change).to.match(/read-only transaction|permission denied/);
    });
  }

  async function migrated(name: string): Promise<Scratch> {
    const scratch = await createMigrated(name);
    made.push(scratch);
    return scratch;
  }

  async function tablesOf(scratch: Scratch): Promise<string[]> {
    const rows = await scratch.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')`,
    );
    return rows.map((row) => row.name);
  }

  function readBy(scratch: Scratch, table: string): Promise<string> {
    const read = scratch.query(`SELECT FROM ${table} LIMIT 0`, [], auditorRole);
    return read.then(
      () => 'read',
      (error: Error) => error.message,
    );
  }
});
