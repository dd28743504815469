import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { kill, processState, untilReady, untilRestarted } from '../faults/processes.ts';
import { callGateway, logInAsAdmin, setting } from './shop.ts';

/** One read of each service, that looks at the token itself. */
const reads = [
  '/users/me',
  '/products/imports/1',
  '/orders',
  '/payments/1',
  '/users/1/notifications',
  '/admin/sagas',
  '/admin/outbox',
];

/** A service fetches the keys anew for a key that it does not know, but no sooner than 30 s after the last time. */
const learntWithinMs = 60_000;

/**
 * A key turns after 90 days, and is published for 20 minutes before it signs; so that nobody waits for that, the keys are made older,
 * and the user service is killed, since it looks at them when it starts.
 */
describe('signing keys that turn while the shop runs', function () {
  this.timeout(180_000);
  let users: Db;
  before(() => {
    const url = new URL(setting('TEST_POSTGRES_ADMIN_URL'));
    url.pathname = '/users_db';
    users = createDatabase({ url: url.href, applicationName: 'key rotation test', poolMax: 1 });
  });
  after(() => users.destroy());

  it('are published before they sign, and every service takes tokens of both', async () => {
    const before = await logInAsAdmin();
    const oldKey = keyOf(before.token);
    expect(await refusedBy(before.token)).to.deep.equal([]);

    await age(oldKey, '91 days');
    await restartUserService();

    const newKey = (await publishedKeys()).find((key) => key !== oldKey);
    expect(newKey).to.be.a('string');
    expect(keyOf((await logInAsAdmin()).token), 'the key that signs at first').to.equal(oldKey);

    await age(newKey ?? '', '21 minutes');
    await restartUserService();

    const after = await logInAsAdmin();
    expect(keyOf(after.token), 'the key that signs then').to.equal(newKey);
    expect(await publishedKeys()).to.include.members([oldKey, newKey]);
    const learnt = async () => (await refusedBy(after.token)).length === 0;
    await waitFor('every service knows the new key', learnt, learntWithinMs, 500);
    expect(await refusedBy(before.token)).to.deep.equal([]);
  });

  function age(kid: string, by: string) {
    return users.raw('UPDATE signing_keys SET created_at = created_at - ?::interval WHERE kid = ?', [by, kid]);
  }
});

async function restartUserService(): Promise<void> {
  const { restarts } = processState('user-service');
  kill('user-service');
  await untilRestarted('user-service', restarts);
  await untilReady('user-service');
}

async function publishedKeys(): Promise<string[]> {
  const { body } = await callGateway('GET', '/.well-known/jwks.json');
  return body.keys.map(({ kid }: { kid: string }) => kid);
}

async function refusedBy(token: string): Promise<string[]> {
  const refused: string[] = [];
  for (const path of reads) {
    const { status } = await callGateway('GET', path, { token });
    if (status === 401 || status >= 500) refused.push(`${path}: ${status}`);
  }
  return refused;
}

function keyOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}
