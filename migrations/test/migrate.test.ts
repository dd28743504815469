import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { databases } from '../src/databases.ts';
import { type Migration, migrationSource } from '../src/migration.ts';
import { migrateDown, migrateUp, migrationStatus } from '../src/runner.ts';
import { catalogOf } from './catalog.ts';
import { createScratch, type Scratch } from './scratch.ts';

const run = promisify(execFile);
const ignore = () => undefined;

describe('migrations', () => {
  for (const { name, role } of databases) {
    describe(`of ${name}`, () => {
      let scratch: Scratch;
      before(async () => {
        scratch = await createScratch(name);
      });
      after(() => scratch.drop());

      it('give the same schema up, and up again after all the way down', async () => {
        const all = scratch.target.migrations.map((migration) => migration.name);
        const applied: string[] = [];

        await migrateUp(scratch.target, (migration) => applied.push(migration));
        const first = await catalogOf(scratch);
        expect(applied).to.deep.equal(all);
        expect(first.length).to.be.greaterThan(20);

        await migrateDown(scratch.target, { all: true }, ignore);
        expect(await catalogOf(scratch)).to.deep.equal([]);

        await migrateUp(scratch.target, ignore);
        expect(await catalogOf(scratch)).to.deep.equal(first);
      });

      it('leave everything to the role of the service', async () => {
        const owners = await scratch.query<{ owner: string }>(
          `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
           AND relkind IN ('r', 'p', 'S', 'v')`,
        );
        expect(owners).to.deep.equal([{ owner: role }]);
      });
    });
  }

  it('leave the documents of tables that grow with each order out of ANALYZE', async () => {
    for (const name of ['orders_db', 'payments_db', 'products_db', 'sagas_db']) {
      const scratch = await createScratch(name);
      try {
        await migrateUp(scratch.target, ignore);
        const analysed = await scratch.query(
          `SELECT attrelid::regclass::text || '.' || attname AS name FROM pg_attribute
           WHERE atttypid = 'jsonb'::regtype AND coalesce(attstattarget, -1) <> 0
             AND attrelid::regclass::text IN ('idempotency_keys', 'processed_commands', 'sagas', 'saga_events')`,
        );
        expect(analysed).to.deep.equal([]);
      } finally {
        await scratch.drop();
      }
    }
  });

  it('take back one at a time, and tell what is applied', async () => {
    const scratch = await createScratch('users_db');
    try {
      await migrateUp(scratch.target, ignore);
      const { applied } = await migrationStatus(scratch.target);
      const takenBack: string[] = [];

      await migrateDown(scratch.target, { all: false }, (name) => takenBack.push(name));

      expect(takenBack).to.deep.equal([applied.at(-1)]);
      expect(await migrationStatus(scratch.target)).to.deep.equal({
        applied: applied.slice(0, -1),
        pending: takenBack,
      });
    } finally {
      await scratch.drop();
    }
  });

  it('run once when three commands start at the same time, each as the owner', async () => {
    const scratch = await createScratch('orders_db');
    try {
      const env = { ...process.env, POSTGRES_ADMIN_URL: '', DATABASE_URL: scratch.url('order_service') };
      const command = join(import.meta.dirname, '../src/migrate.ts');
      const start = () => run(process.execPath, [command, 'up', 'orders_db'], { env });

      const outputs = await Promise.all([start(), start(), start()]);

      const lines = outputs.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => line !== '');
      expect(lines).to.have.members(scratch.target.migrations.map(({ name }) => `orders_db: applied ${name}`));
    } finally {
      await scratch.drop();
    }
  });

  it('go on after a run that died in the middle and left the lock row behind', async () => {
    const scratch = await createScratch('sagas_db');
    try {
      await migrateUp(scratch.target, ignore);
      await scratch.query('UPDATE knex_migrations_lock SET is_locked = 1');
      await migrateDown(scratch.target, { all: true }, ignore);
    } finally {
      await scratch.drop();
    }
  });

  it('roll a failing one back whole and name it', async () => {
    const scratch = await createScratch('sagas_db');
    const broken: Migration = {
      name: '999-broken',
      up: async (knex) => {
        await knex.raw('CREATE TABLE half_done (id integer)');
        await knex.raw('SELECT 1 / 0');
      },
      down: async () => undefined,
    };
    try {
      const target = { ...scratch.target, migrations: [...scratch.target.migrations, broken] };
      const failure = await migrateUp(target, ignore).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(failure?.message).to.match(/999-broken.*division by zero/);
      expect((await catalogOf(scratch)).filter((line) => line.includes('half_done'))).to.deep.equal([]);
      expect((await migrationStatus(target)).pending).to.deep.equal(['999-broken']);
    } finally {
      await scratch.drop();
    }
  });

  it('are refused when they are listed out of order', () => {
    const step = (name: string): Migration => ({ name, up: async () => undefined, down: async () => undefined });
    expect(() => migrationSource([step('100-b'), step('001-a')])).to.throw('out of order');
    expect(() => migrationSource([step('001-a'), step('001-a')])).to.throw('out of order');
  });
});
