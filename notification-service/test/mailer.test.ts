import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { TransientError } from '@sagacity/chassis/messaging/faults';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { sideBySide } from '@sagacity/chassis/test-kit/side-by-side';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import type { OrderData } from '@sagacity/order-service/contract/events';
import type { UserData } from '@sagacity/user-service/contract/events';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { createSender } from '../src/sending/sender.ts';
import type { SendMail } from '../src/sending/transport.ts';
import { forgetUser, knowUser, welcomeUser } from '../src/use-cases/know-user.ts';
import { mailOrder } from '../src/use-cases/mail-order.ts';

describe('mailer', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('notifications_db', 'notification_service');
  });
  beforeEach(() => database.db.raw('TRUNCATE recipients, notifications RESTART IDENTITY'));
  after(() => database.drop());

  it('welcomes somebody once, however often the event comes', async () => {
    const eventId = uuid7();
    for (let step = 0; step < 3; step += 1) await within((trx) => welcomeUser(trx, eventId, aUser(), 1));
    expect(await mails()).to.deep.equal(['welcome to ada@example.com']);
  });

  it('G5: tries an event again whose user is not known yet, instead of dropping it', async () => {
    const failure = await within((trx) => mailOrder(trx, uuid7(), anOrder())).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(TransientError);
    await within((trx) => knowUser(trx, aUser(), 1));
    await within((trx) => mailOrder(trx, uuid7(), anOrder()));
    expect(await mails()).to.deep.equal(['order-confirmed to ada@example.com']);
  });

  it('queues the mails of a batch in one statement, each to its own customer and once', async () => {
    const bob = aUser({ user_id: 8, email: 'bob@example.com', first_name: 'Bob' });
    for (const user of [aUser(), bob]) await within((trx) => knowUser(trx, user, 1));
    const [first, second] = [uuid7(), uuid7()];
    const mail = (eventId: string, user_id: number) => (trx: Trx) => mailOrder(trx, eventId, anOrder({ user_id }));

    const { statements } = await sideBySide(database.db, [mail(second, 8), mail(first, 7), mail(second, 8)]);

    // Whom to write to, and the mails.
    expect(statements).to.equal(2);
    expect(await mails()).to.deep.equal(['order-confirmed to ada@example.com', 'order-confirmed to bob@example.com']);
  });

  it('keeps the newest address, whatever the order of the events', async () => {
    await within((trx) => knowUser(trx, aUser({ email: 'new@example.com' }), 3));
    await within((trx) => knowUser(trx, aUser({ email: 'old@example.com' }), 2));
    await within((trx) => mailOrder(trx, uuid7(), anOrder()));
    expect(await mails()).to.deep.equal(['order-confirmed to new@example.com']);
  });

  it('never writes to somebody who was erased, even when an older event comes later', async () => {
    await within((trx) => welcomeUser(trx, uuid7(), aUser(), 1));
    await within((trx) => forgetUser(trx, 7, 3));
    await within((trx) => knowUser(trx, aUser(), 2));
    await within((trx) => mailOrder(trx, uuid7(), anOrder()));
    const rows = await database.db('notifications').select('to_address', 'body_text', 'state');
    expect(rows).to.deep.equal([{ to_address: 'erased', body_text: '', state: 'failed' }]);
  });

  it('sends what is queued, tries again what fails, and gives up after so many attempts', async () => {
    await within((trx) => welcomeUser(trx, uuid7(), aUser(), 1));
    await within((trx) => mailOrder(trx, uuid7(), anOrder()));
    const attempts: string[] = [];
    const sendMail: SendMail = async ({ subject }) => {
      attempts.push(subject);
      if (subject === 'Welcome') throw new Error('mailbox full');
      if (attempts.filter((attempt) => attempt === subject).length === 1) throw new Error('try later');
    };
    const sender = createSender({
      db: database.db,
      sendMail,
      logger: silentLogger,
      metrics: new Registry(),
      pollMs: 10,
      mostAttempts: 3,
      retry: { minMs: 1, maxMs: 2 },
    });
    await sender.start();
    await waitFor('both are settled', async () => {
      const [row] = await database.db('notifications').where({ state: 'queued' }).count({ n: '*' });
      return Number(row?.n) === 0;
    });
    await sender.stop();
    const rows = await database.db('notifications').orderBy('id').select('template', 'state', 'attempts', 'last_error');
    expect(rows).to.deep.equal([
      { template: 'welcome', state: 'failed', attempts: 3, last_error: 'mailbox full' },
      { template: 'order-confirmed', state: 'sent', attempts: 2, last_error: null },
    ]);
  });

  function within<T>(work: Parameters<typeof inTransaction<T>>[1]): Promise<T> {
    return inTransaction(database.db, work);
  }

  async function mails(): Promise<string[]> {
    const rows = await database.db('notifications').orderBy('id').select('template', 'to_address');
    return rows.map(({ template, to_address }) => `${template} to ${to_address}`);
  }
});

function aUser(overrides: Partial<UserData> = {}): UserData {
  return {
    user_id: 7,
    email: 'ada@example.com',
    username: 'ada',
    first_name: 'Ada',
    role: 'user',
    is_active: true,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}

function anOrder(overrides: Partial<OrderData> = {}): OrderData {
  return {
    order_id: 1,
    saga_id: uuid7(),
    user_id: 7,
    status: 'confirmed',
    previous_status: 'pending',
    status_reason: null,
    total_amount: 20,
    currency: 'EUR',
    item_count: 2,
    items: [{ product_id: 1, product_name: 'Lamp', sku: 'L-1', quantity: 2, unit_price: 10, total_price: 20 }],
    tracking_number: null,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    ...overrides,
  };
}
