import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { userCreated } from '../src/contract/events.ts';
import { createIdentityFixture, type IdentityFixture, newName, password } from './support/identity-fixture.ts';
import { outboxOf, withBrokenOutbox } from './support/outbox.ts';

describe('registration', () => {
  let shop: IdentityFixture;

  before(async () => {
    shop = await createIdentityFixture();
  });
  after(() => shop.stop());

  it('makes an account and says where it is', async () => {
    const body = registration({ first_name: 'Ada', address: '1 Test Street\nTestville' });
    const answer = await shop.call('POST', '/auth/register', { body });
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('location')).to.equal(`/users/${answer.body.id}`);
    expect(answer.headers.get('etag')).to.equal('"1"');
    expect(answer.body).to.include({ email: body.email, first_name: 'Ada', last_name: null, role: 'user' });
    expect(answer.body.is_active).to.equal(true);
    expect(Math.abs(Date.parse(answer.body.created_at) - Date.now())).to.be.lessThan(60_000);
  });

  it('keeps the password as an argon2id hash and shows it to nobody', async () => {
    const answer = await shop.call('POST', '/auth/register', { body: registration() });
    const row = await shop.db('users').where('id', answer.body.id).first();
    expect(row.hashed_password).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [event] = await outboxOf(shop.db, answer.body.id);
    expect(JSON.stringify([answer.body, event]))
      .not.to.contain(password)
      .and.not.to.contain('argon2');
  });

  it('publishes user.created with what a mail needs, in the trace of the request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { traceparent, 'x-request-id': 'request-0001' };
    const body = registration({ first_name: 'Ada', phone: '+49 30 1', address: '1 Test Street' });
    const { body: user } = await shop.call('POST', '/auth/register', { body, headers });
    const events = await outboxOf(shop.db, user.id);
    expect(events).to.have.length(1);
    expect(compile(userCreated)(events[0]?.body)).to.deep.equal({ valid: true });
    expect(events[0]?.body.data).to.include({ user_id: user.id, email: body.email, first_name: 'Ada' });
    expect(events[0]?.headers).to.deep.equal({
      correlation_id: `user-${user.id}`,
      causation_id: 'request-0001',
      traceparent,
    });
  });

  it('takes emails and usernames that differ in case alone for the same', async () => {
    const first = registration({ email: `Ada.${newName()}@Example.test`, username: `Ada-${newName()}` });
    const { body: made } = await shop.call('POST', '/auth/register', { body: first });
    expect(made.email).to.equal(first.email.toLowerCase());
    expect(made.username).to.equal(first.username);
    const sameEmail = await shop.call('POST', '/auth/register', {
      body: registration({ email: first.email.toUpperCase() }),
    });
    expect([sameEmail.status, sameEmail.body.code]).to.deep.equal([409, 'user.email_taken']);
    const sameName = await shop.call('POST', '/auth/register', {
      body: registration({ username: first.username.toUpperCase() }),
    });
    expect([sameName.status, sameName.body.code]).to.deep.equal([409, 'user.username_taken']);
  });

  it('lets one of many registrations with the same email win', async () => {
    const { email } = registration();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.call('POST', '/auth/register', { body: registration({ email }) })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([201, ...Array.from({ length: 19 }, () => 409)]);
    const users = await shop.db('users').where({ email });
    expect(users).to.have.length(1);
    expect(await outboxOf(shop.db, users[0].id)).to.have.length(1);
  });

  it('makes no account when its event cannot be kept', async () => {
    const body = registration();
    const answer = await withBrokenOutbox(shop.db, () => shop.call('POST', '/auth/register', { body }));
    expect(answer.status).to.equal(500);
    expect(await shop.db('users').where({ email: body.email })).to.deep.equal([]);
  });

  it('refuses fields that are not for the registering to set', async () => {
    for (const field of ['id', 'role', 'is_active', 'version', 'hashed_password', 'created_at']) {
      const answer = await shop.call('POST', '/auth/register', { body: registration({ [field]: 'admin' }) });
      expect(answer.status, field).to.equal(400);
      expect(answer.body.errors[0]).to.include({ pointer: `/${field}`, code: 'unknown' });
    }
  });

  it('refuses what is no email, no username, no text, or too long', async () => {
    const wrong = [
      { email: 'nobody' },
      { username: 'ab' },
      { username: 'ada@example.test' },
      { username: 'a'.repeat(101) },
      { first_name: 'A\u0000da' },
      { phone: '0'.repeat(21) },
      { address: 'A\u0000' },
      { password: 'short' },
      { password: 'x1'.repeat(65) },
    ];
    for (const overrides of wrong) {
      const answer = await shop.call('POST', '/auth/register', { body: registration(overrides) });
      expect(answer.status, JSON.stringify(overrides)).to.equal(400);
      expect(answer.body.errors[0].pointer).to.equal(`/${Object.keys(overrides)[0]}`);
    }
  });

  it('refuses the passwords that are guessed first, before it hashes them', async () => {
    const { email, username } = registration();
    const hashes = shop.argon2Calls.hash;
    for (const common of ['Password123', 'qwertyuiop', 'aaaaaaaaaa', email.toUpperCase(), username]) {
      const answer = await shop.call('POST', '/auth/register', { body: { email, username, password: common } });
      expect([answer.status, answer.body.code], common).to.deep.equal([422, 'user.password_too_common']);
    }
    expect(shop.argon2Calls.hash).to.equal(hashes);
  });
});

function registration<T extends object>(overrides?: T) {
  const name = newName();
  return { email: `${name}@example.test`, username: name, password, ...(overrides as T) };
}
