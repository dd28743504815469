import { inTransaction } from '@sagacity/chassis/db/transaction';
import { expect } from 'chai';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { endOrder } from '../src/use-cases/end-order.ts';
import { rejectIfPending } from '../src/use-cases/reject-if-pending.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

describe('changing orders', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
    orders.quotes.set(1, aQuote());
  });
  beforeEach(() => orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE'));
  after(() => orders.stop());

  it('moves along its way for admins only, with history and event', async () => {
    const id = await placeConfirmed();
    expect((await move(id, { status: 'processing' }, ['user'])).status).to.equal(403);
    const answer = await move(id, { status: 'processing', reason: 'picked' });
    expect([answer.status, answer.body.status, answer.body.version]).to.deep.equal([200, 'processing', 3]);
    const wrong = await move(id, { status: 'delivered' });
    expect([wrong.status, wrong.body.code, wrong.body.allowed]).to.deep.equal([
      409,
      'order.invalid_transition',
      ['shipped'],
    ]);
    await move(id, { status: 'shipped', tracking_number: 'TN-1' });
    const events = await orders.events();
    expect(events.map(({ type }) => type)).to.deep.equal([
      'order.created',
      'order.updated',
      'order.updated',
      'order.updated',
    ]);
    expect(events.at(-1)?.body.data).to.include({
      status: 'shipped',
      previous_status: 'processing',
      tracking_number: 'TN-1',
    });
    expect(events.map(({ body }) => body.aggregate.version)).to.deep.equal([1, 2, 3, 4]);
  });

  it('never takes from admins what only the orchestrator may set', async () => {
    const id = await place();
    for (const status of ['confirmed', 'rejected', 'cancelled', 'cancelling', 'pending']) {
      expect((await move(id, { status })).status, status).to.equal(400);
    }
  });

  it('refuses a change of an order that was changed meanwhile', async () => {
    const id = await placeConfirmed();
    const token = orders.tokens.issue({ userId: 1, roles: ['admin'] });
    const change = (etag: string) =>
      orders.server.call('PUT', `/orders/${id}/status`, {
        token,
        body: { status: 'processing' },
        headers: { 'if-match': etag },
      });
    expect((await change('"1"')).status).to.equal(412);
    expect((await change('"2"')).status).to.equal(200);
  });

  it('cancels a pending order in two steps: at once cancelling, cancelled when the saga says so', async () => {
    const id = await place();
    const answer = await cancel(id, { reason: 'changed my mind' });
    expect([answer.status, answer.body.status]).to.deep.equal([202, 'cancelling']);
    expect((await cancel(id)).status).to.equal(202);
    await end(id, 'rejected', 'order.cancelling');
    const over = await cancel(id);
    expect([over.status, over.body.status, over.body.status_reason]).to.deep.equal([
      200,
      'cancelled',
      'changed my mind',
    ]);
    const types = (await orders.events()).map(({ type }) => type);
    expect(types).to.deep.equal(['order.created', 'order.cancel_requested', 'order.updated', 'order.cancelled']);
  });

  it('cancels a confirmed order for its owner, one in processing for admins only, and none that was shipped', async () => {
    const id = await placeConfirmed();
    await move(id, { status: 'processing' });
    expect((await cancel(id)).body.code).to.equal('order.not_cancellable');
    const byAdmin = await cancel(id, {}, { userId: 1, roles: ['admin'] });
    expect([byAdmin.status, byAdmin.body.status]).to.deep.equal([202, 'cancelling']);
    const shipped = await placeConfirmed();
    await move(shipped, { status: 'processing' });
    await move(shipped, { status: 'shipped' });
    expect((await cancel(shipped, {}, { userId: 1, roles: ['admin'] })).status).to.equal(409);
    const confirmed = await placeConfirmed();
    expect((await cancel(confirmed)).status).to.equal(202);
    expect((await orders.events()).at(-2)?.body.data).to.include({ previous_status: 'confirmed' });
  });

  it('decides cancel against confirm by one row: one of the two, never both', async () => {
    const outcomes = { confirmed: 0, cancelling: 0 };
    for (let step = 0; step < 30; step += 1) {
      const id = await place();
      const [confirmation, cancellation] = await Promise.all([confirm(id), cancel(id)]);
      const { status } = await orders.database.db('orders').where({ id }).first('status');
      // Cancelling a confirmed order is legal too; what must not be is a confirmation after the cancel.
      expect(cancellation.status).to.equal(202);
      expect(status).to.equal('cancelling');
      const history = await orders.database
        .db('order_status_history')
        .where({ order_id: id })
        .orderBy('version')
        .pluck('to_status');
      if (confirmation.outcome === 'done') expect(history).to.deep.equal(['pending', 'confirmed', 'cancelling']);
      else expect(history).to.deep.equal(['pending', 'cancelling']);
      outcomes[confirmation.outcome === 'done' ? 'confirmed' : 'cancelling'] += 1;
    }
    expect(outcomes.confirmed + outcomes.cancelling).to.equal(30);
  });

  it('confirms once, and tells the truth when asked again', async () => {
    const id = await place();
    expect(await confirm(id)).to.deep.equal({ outcome: 'done', result: { outcome: 'confirmed' } });
    expect(await confirm(id)).to.deep.equal({ outcome: 'done', result: { outcome: 'already_confirmed' } });
    expect((await orders.events()).filter(({ type }) => type === 'order.updated')).to.have.lengthOf(1);
  });

  it('cannot be confirmed any more once it was given up, however late the confirmation arrives', async () => {
    const id = await place();
    const learn = () => inTransaction(orders.database.db, (trx) => rejectIfPending(trx, id));
    expect(await learn()).to.deep.equal({ outcome: 'done', result: { outcome: 'aborted' } });
    expect(await confirm(id)).to.include({ outcome: 'refused', code: 'order.not_pending' });
    const confirmed = await placeConfirmed();
    expect(await inTransaction(orders.database.db, (trx) => rejectIfPending(trx, confirmed))).to.deep.equal({
      outcome: 'done',
      result: { outcome: 'already_confirmed' },
    });
  });

  it('ends as rejected with its reason, once', async () => {
    const id = await place();
    await end(id, 'rejected', 'stock.insufficient');
    await end(id, 'rejected', 'something else');
    const { body } = await orders.server.call('GET', `/orders/${id}`, { token: orders.tokens.issue({ userId: 7 }) });
    expect(body).to.include({ status: 'rejected', status_reason: 'stock.insufficient', version: 2 });
  });

  it('is never ended once it is confirmed', async () => {
    const id = await placeConfirmed();
    let code = '';
    await end(id, 'rejected', 'x').catch((error: { code: string }) => {
      code = error.code;
    });
    expect(code).to.equal('order.end_after_pivot');
  });

  it('never says that a free order was paid', async () => {
    orders.quotes.set(1, aQuote({ priceCents: 0 }));
    const id = await placeConfirmed().finally(() => orders.quotes.set(1, aQuote()));
    const { body } = await orders.server.call('GET', `/orders/${id}`, { token: orders.tokens.issue({ userId: 7 }) });
    expect(body).to.include({ status: 'confirmed', payment_status: 'not_required' });
  });

  it('G15: stays as it was when the event of a change cannot be written', async () => {
    const id = await place();
    await orders.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      expect((await cancel(id)).status).to.equal(500);
    } finally {
      await orders.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    }
    const row = await orders.database.db('orders').where({ id }).first('status', 'version');
    expect(row).to.deep.equal({ status: 'pending', version: 1 });
    expect(await orders.database.db('order_status_history').where({ order_id: id })).to.have.lengthOf(1);
  });

  async function place(): Promise<number> {
    const token = orders.tokens.issue({ userId: 7 });
    return (await orders.server.call('POST', '/orders', { token, body: anOrder() })).body.id;
  }

  async function placeConfirmed(): Promise<number> {
    const id = await place();
    await confirm(id);
    return id;
  }

  function confirm(id: number) {
    return inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, id, {}));
  }

  function end(id: number, status: 'rejected' | 'cancelled', reason: string) {
    return inTransaction(orders.database.db, (trx) =>
      endOrder(trx, orders.deps.announce, { order_id: id, status, reason }, {}),
    );
  }

  function move(id: number, body: object, roles = ['admin']) {
    return orders.server.call('PUT', `/orders/${id}/status`, {
      token: orders.tokens.issue({ userId: 1, roles }),
      body,
    });
  }

  function cancel(
    id: number,
    body: object = {},
    who: { userId: number; roles: string[] } = { userId: 7, roles: ['user'] },
  ) {
    return orders.server.call('POST', `/orders/${id}/cancel`, { token: orders.tokens.issue(who), body });
  }
});
