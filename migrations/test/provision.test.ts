import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { withClient } from '../src/connection.ts';
import { type Provisioning, provision } from '../src/provision.ts';
import { adminUrl, loginUrl } from './scratch.ts';

describe('provisioning', () => {
  const prefix = `migrations_test_${randomBytes(4).toString('hex')}`;
  const one = { name: `${prefix}_one_db`, role: `${prefix}_one` };
  const two = { name: `${prefix}_two_db`, role: `${prefix}_two` };
  const relay = `${prefix}_relay`;
  const passwords: Record<string, string> = { [one.role]: "it's one", [two.role]: 'two', [relay]: 'relay' };
  const request = (): Provisioning => ({
    adminUrl: adminUrl(),
    databases: [one, two],
    relayRole: relay,
    passwordOf: (role) => passwords[role] ?? '',
  });
  const connect = (database: string, role: string, password = passwords[role] ?? '') =>
    withClient(
      loginUrl(database, role, password),
      async (client) => (await client.query('SHOW TimeZone')).rows[0].TimeZone,
    );

  before(async () => {
    await Promise.all([provision(request()), provision(request()), provision(request())]);
  });
  after(() =>
    withClient(adminUrl(), async (client) => {
      for (const { name } of [one, two]) await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      for (const role of [one.role, two.role, relay]) await client.query(`DROP ROLE ${pg.escapeIdentifier(role)}`);
    }),
  );

  it('lets each role into its own database, in UTC, and the relay into all', async () => {
    expect(await connect(one.name, one.role)).to.equal('UTC');
    expect(await connect(two.name, two.role)).to.equal('UTC');
    expect(await connect(one.name, relay)).to.equal('UTC');
    expect(await connect(two.name, relay)).to.equal('UTC');
  });

  it("keeps each role out of the others' databases", async () => {
    await refused(connect(two.name, one.role), 'permission denied for database');
    await refused(connect(one.name, two.role), 'permission denied for database');
  });

  it('lets the owner alone create tables', async () => {
    const create = (role: string) =>
      withClient(loginUrl(one.name, role, passwords[role]), async (client) => {
        await client.query('CREATE TABLE made (id integer)');
        await client.query('DROP TABLE made');
      });
    await create(one.role);
    await refused(create(relay), 'permission denied for schema public');
  });

  it('sets passwords anew when it runs again', async () => {
    const old = passwords[two.role];
    passwords[two.role] = 'changed';
    await provision(request());
    expect(await connect(two.name, two.role)).to.equal('UTC');
    await refused(connect(two.name, two.role, old), 'password authentication failed');
  });

  it('ends the sessions of a relay whose host is gone within half a minute', async () => {
    const settings = await withClient(loginUrl(one.name, relay, passwords[relay]), async (client) => {
      const { rows } = await client.query<{ seconds: string }>(
        `SELECT current_setting('tcp_keepalives_idle')::int
           + current_setting('tcp_keepalives_interval')::int * current_setting('tcp_keepalives_count')::int AS seconds`,
      );
      return rows[0]?.seconds;
    });
    expect(settings).to.equal(25);
  });
});

async function refused(work: Promise<unknown>, because: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error?.message).to.contain(because);
}
