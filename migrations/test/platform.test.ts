import { randomUUID } from 'node:crypto';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { expect } from 'chai';
import { relayRole } from '../src/relay-role.ts';
import { createMigrated, type Scratch } from './scratch.ts';

const insert = `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
  VALUES ($1, 'order.created', 'order', '1', 1, $2) RETURNING id`;

describe("the relay's role", () => {
  let scratch: Scratch;
  const asRelay = (sql: string, values: unknown[] = []) => scratch.query(sql, values, relayRole);
  before(async () => {
    scratch = await createMigrated('orders_db');
    await scratch.query('CREATE TABLE secrets (id integer)', [], 'order_service');
  });
  after(() => scratch.drop());

  it('may do to the outbox what draining needs', async () => {
    await scratch.query(insert, [uuid7(), '{}'], 'order_service');
    await asRelay(`UPDATE outbox SET attempts = 1, next_attempt_at = now(), last_error = 'x'`);
    await asRelay('SELECT last_value FROM outbox_id_seq');
    await asRelay(`INSERT INTO outbox_blocked VALUES ('order', '1', 1, now(), 'x')`);
    await asRelay(`INSERT INTO outbox_dead SELECT * FROM outbox`);
    await asRelay('DELETE FROM outbox');
    await asRelay('DELETE FROM outbox_blocked');
    expect(await scratch.query('SELECT attempts, last_error FROM outbox_dead')).to.deep.equal([
      { attempts: 1, last_error: 'x' },
    ]);
  });

  it('may pause an outbox and record what is done to it, but change no record', async () => {
    await asRelay(`INSERT INTO outbox_pause (paused_by, reason) VALUES ('ann', 'x')`);
    await asRelay('DELETE FROM outbox_pause');
    await asRelay(`INSERT INTO outbox_actions (done_by, action) VALUES ('ann', 'pause')`);
    await refused(asRelay('DELETE FROM outbox_actions'), 'permission denied for table outbox_actions');
    await refused(asRelay(`UPDATE outbox_actions SET done_by = 'bob'`), 'permission denied for table outbox_actions');
  });

  it('puts a dead message back under a new id, and cannot make one up', async () => {
    const [dead] = await scratch.query<{ id: string; message_id: string }>('SELECT id, message_id FROM outbox_dead');
    const [row] = (await asRelay('SELECT requeue_dead_outbox($1)', [dead?.id])) as [{ requeue_dead_outbox: string }];

    const after = await scratch.query('SELECT id, message_id, attempts, payload FROM outbox');
    expect(after).to.deep.equal([
      { id: row.requeue_dead_outbox, message_id: dead?.message_id, attempts: 0, payload: '{}' },
    ]);
    expect(Number(row.requeue_dead_outbox)).to.be.greaterThan(Number(dead?.id));
    expect(await scratch.query('SELECT FROM outbox_dead')).to.deep.equal([]);
    await refused(asRelay(insert, [uuid7(), '{}']), 'permission denied for table outbox');
    await refused(asRelay(`UPDATE outbox SET payload = 'forged'`), 'permission denied for table outbox');
  });

  it('reads no other table of the database', async () => {
    const tables = await scratch.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
       AND relname NOT IN ('outbox', 'outbox_blocked', 'outbox_dead', 'outbox_pause', 'outbox_actions')`,
    );
    expect(tables.map(({ name }) => name)).to.include.members([
      'inbox',
      'processed_commands',
      'knex_migrations',
      'secrets',
    ]);
    for (const { name } of tables) await refused(asRelay(`SELECT FROM ${name}`), `permission denied for table ${name}`);
  });
});

describe('the outbox', () => {
  let scratch: Scratch;
  before(async () => {
    scratch = await createMigrated('users_db');
  });
  after(() => scratch.drop());

  it('takes a payload below 1 MiB and refuses a larger one, counted in bytes', async () => {
    const size = 1024 * 1024;
    await scratch.query(insert, [uuid7(), 'x'.repeat(size - 1)]);
    await refused(scratch.query(insert, [uuid7(), 'x'.repeat(size)]), 'outbox_payload_check');
    await refused(scratch.query(insert, [uuid7(), 'ä'.repeat(size / 2)]), 'outbox_payload_check');
  });
});

describe('the inbox', () => {
  let scratch: Scratch;
  const dayMs = 86_400_000;
  const at = (daysFromToday: number) => uuidOf(Date.now() + daysFromToday * dayMs);
  const take = (id: string) =>
    scratch.query('INSERT INTO inbox (message_id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1', [
      id,
      'c',
    ]);
  const partitionOf = async (id: string) => {
    const [row] = await scratch.query<{ name: string }>(
      'SELECT tableoid::regclass::text AS name FROM inbox WHERE message_id = $1',
      [id],
    );
    return row?.name;
  };
  const nameOf = (daysFromToday: number) =>
    `inbox_${new Date(Date.now() + daysFromToday * dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;

  beforeEach(async () => {
    scratch = await createMigrated('notifications_db');
  });
  afterEach(() => scratch.drop());

  it('takes a message once, in the partition of the day on which its id was made', async () => {
    const id = uuid7();
    expect(await take(id)).to.have.length(1);
    expect(await take(id)).to.have.length(0);
    expect(await partitionOf(id)).to.equal(nameOf(0));
  });

  it('takes ids that no day covers, too', async () => {
    for (const id of [at(400), at(-400), randomUUID()]) {
      expect(await take(id)).to.have.length(1);
      expect(await take(id)).to.have.length(0);
    }
    expect(await partitionOf(at(400))).to.equal(undefined);
    expect(await scratch.query('SELECT FROM inbox_default')).to.have.length(3);
  });

  it('adds a day although its rows are in the default partition already, and moves them', async () => {
    const early = at(9);
    const later = at(30);
    await take(early);
    await take(later);

    const [first] = await scratch.query<{ n: number }>(
      'SELECT ensure_inbox_partitions(10) AS n',
      [],
      'notification_service',
    );
    const [second] = await scratch.query<{ n: number }>('SELECT ensure_inbox_partitions(10) AS n');

    expect([first?.n, second?.n]).to.deep.equal([3, 0]);
    expect(await partitionOf(early)).to.equal(nameOf(9));
    expect(await partitionOf(later)).to.equal('inbox_default');
    expect(await take(early)).to.have.length(0);
  });

  it('adds days while messages are taken and several ask for it', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => at(n % 20));
    const asks = [15, 18, 20].map((days) => scratch.query('SELECT ensure_inbox_partitions($1)', [days]));
    const taken = await Promise.all([...asks, ...ids.map(take)]);
    expect(taken.slice(asks.length).every((rows) => rows.length === 1)).to.equal(true);
    expect(await scratch.query('SELECT FROM inbox')).to.have.length(60);
    expect(await scratch.query('SELECT FROM inbox_default')).to.have.length(0);
  });

  it('forgets the days that ended longer ago than asked, also those in the default partition', async () => {
    const forgotten = at(-20);
    const kept = at(-13);
    await take(forgotten);
    await take(kept);
    await scratch.query(
      `CREATE TABLE ${nameOf(-16)} PARTITION OF inbox FOR VALUES FROM ('${dayStart(-16)}') TO ('${dayStart(-15)}')`,
    );
    await take(at(-16));
    await take(uuid7());

    const [row] = await scratch.query<{ n: number }>('SELECT drop_inbox_partitions(14) AS n');

    expect(row?.n).to.equal(1);
    expect(await scratch.query('SELECT FROM inbox')).to.have.length(2);
    expect(await partitionOf(kept)).to.equal('inbox_default');
    await refused(scratch.query('SELECT drop_inbox_partitions(0)'), 'keeps at least one day');
  });

  function dayStart(daysFromToday: number): string {
    const day = new Date(Date.now() + daysFromToday * dayMs);
    day.setUTCHours(0, 0, 0, 0);
    return `${hexMs(day.getTime())}-0000-0000-000000000000`;
  }
});

function uuidOf(ms: number): string {
  return `${hexMs(ms)}${randomUUID().slice(13).replace(/^-4/, '-7')}`;
}

function hexMs(ms: number): string {
  const hex = Math.floor(ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

async function refused(work: Promise<unknown>, because: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error?.message).to.contain(because);
}
