import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { expect } from 'chai';
import { type AuditReport, runAudit } from '../src/run-audit.ts';
import { cloneShop, type DatabaseName, dropShop, type ShopDatabases } from '../test-kit/shop-databases.ts';

describe('audit', () => {
  let databases: ShopDatabases;
  let orders = 0;

  before(async () => {
    databases = await cloneShop();
  });
  beforeEach(async () => {
    // The ledger is not its owner's to empty.
    await databases.products_db.runAsAdmin('TRUNCATE products RESTART IDENTITY CASCADE');
    await run('orders_db', 'TRUNCATE orders, outbox RESTART IDENTITY CASCADE');
    await run('payments_db', 'TRUNCATE payments RESTART IDENTITY CASCADE');
    await run('sagas_db', 'TRUNCATE sagas, outbox_dead CASCADE');
    orders = 0;
    await run('products_db', `INSERT INTO products (name, sku, price, stock_quantity) VALUES ('Lamp', 'L', 10, 100)`);
    await run(
      'products_db',
      `INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, actor) VALUES (1, 'receive', 100, 0, 'test')`,
    );
  });
  after(() => dropShop(databases));

  it('is clean over orders that ended in every legal way', async () => {
    await sold();
    await rejected();
    await cancelled();
    const report = await audit();
    expect(breachesOf(report)).to.deep.equal([]);
    expect(report.clean).to.equal(true);
    expect(report.totals).to.deep.equal({
      orders: { confirmed: 1, rejected: 1, cancelled: 1 },
      activeSagas: 0,
      capturedCents: 4_000,
      refundedCents: 2_000,
    });
  });

  it('names a product whose counter was changed past the ledger', async () => {
    await run('products_db', 'UPDATE products SET stock_quantity = 99 WHERE id = 1');
    expect(await breaches()).to.deep.equal(['stock.conserved product 1']);
  });

  it('names a dead order that still holds stock', async () => {
    const id = await rejected();
    await run('products_db', `UPDATE stock_reservations SET state = 'committed' WHERE order_id = ${id}`);
    expect(await breaches()).to.deep.equal([`stock.orders order ${id}`]);
  });

  it('names a confirmed order that took less than its items', async () => {
    const id = await sold();
    await run('products_db', `UPDATE stock_reservations SET quantity = 1 WHERE order_id = ${id}`);
    expect(await breaches()).to.deep.equal([`stock.orders order ${id}`]);
  });

  it('names a confirmed order whose money is not there, and a dead one whose money is kept', async () => {
    const unpaid = await sold();
    await run('payments_db', `DELETE FROM payments WHERE order_id = ${unpaid}`);
    const kept = await rejected();
    await run('payments_db', `DELETE FROM payments WHERE order_id = ${kept}`);
    await payment(kept, 'captured', 2_000);
    expect(await breaches()).to.have.members([`money.captured order ${unpaid}`, `money.captured order ${kept}`]);
  });

  it('takes what an admin refunded off what a confirmed order must have kept, and nothing else that went back', async () => {
    const granted = await sold();
    await refund(granted, 500, 'user-1');
    expect(await breaches()).to.deep.equal([]);
    const lost = await sold();
    await refund(lost, 500, 'payment-service');
    expect(await breaches()).to.deep.equal([`money.captured order ${lost}`]);
  });

  it('names an order that was charged twice', async () => {
    const id = await sold();
    await run('payments_db', 'DROP INDEX payments_one_active_per_order');
    await payment(id, 'captured', 2_000);
    const found = await breaches();
    await run('payments_db', `DELETE FROM payments WHERE order_id = ${id}`);
    await run(
      'payments_db',
      `CREATE UNIQUE INDEX payments_one_active_per_order ON payments (order_id)
       WHERE state NOT IN ('refunded', 'voided', 'failed', 'orphaned')`,
    );
    expect(found).to.have.members([`money.once order ${id}`, `money.captured order ${id}`]);
  });

  it('names a payment and a saga for an order that does not exist', async () => {
    await payment(999, 'voided', 0);
    const saga = await aSaga(998, 'place-order', 'compensated');
    expect(await breaches()).to.deep.equal(['money.orders payment 1', `sagas.orders saga ${saga}`]);
  });

  it('names an order whose saga tells another end', async () => {
    const id = await sold();
    await run('sagas_db', `UPDATE sagas SET phase = 'compensated', state = 'compensated' WHERE order_id = ${id}`);
    expect(await breaches()).to.deep.equal([`sagas.agree order ${id}`]);
  });

  it('names a saga that is stuck', async () => {
    const id = await order('pending');
    const saga = await aSaga(id, 'place-order', 'running', 3_600);
    expect(await breaches()).to.deep.equal([`sagas.alive saga ${saga}`]);
  });

  it('names an outbox that does not empty', async () => {
    await run(
      'orders_db',
      `INSERT INTO outbox (message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, payload, created_at)
       VALUES ('${uuid7()}', 'shop.events', 'order.created', 'order', '1', 1, '{}', now() - interval '2 minutes')`,
    );
    expect(await breaches()).to.deep.equal(['outboxes.young orders_db']);
  });

  it('names messages that the relay has given up', async () => {
    await run(
      'sagas_db',
      `INSERT INTO outbox_dead (id, message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, payload, created_at, attempts)
       VALUES (1, '${uuid7()}', 'shop.commands', 'x.y', 'saga', '1', 1, '{}', now(), 5)`,
    );
    expect(await breaches()).to.deep.equal(['outboxes.young sagas_db']);
  });

  it('names a saga that calls for attention, however young', async () => {
    const saga = await aSaga(await order('pending'), 'place-order', 'running');
    await run('sagas_db', `UPDATE sagas SET attention_code = 'step.refused', attention_at = now()`);
    expect(await breaches()).to.deep.equal([`sagas.alive saga ${saga}`]);
  });

  it('names money that is still held for an order that was undone', async () => {
    const id = await rejected();
    await run('payments_db', `UPDATE payments SET state = 'authorized' WHERE order_id = ${id}`);
    expect(await breaches()).to.deep.equal([`money.captured order ${id}`]);
  });

  it('names an order that never got its saga, once its event has had time to arrive', async () => {
    const lost = await order('pending');
    await order('pending');
    await run('orders_db', `UPDATE orders SET created_at = now() - interval '2 minutes' WHERE id = ${lost}`);
    expect(await breaches()).to.deep.equal([`sagas.begun order ${lost}`]);
  });

  it('counts for each check what it looked at', async () => {
    await sold();
    const { checks } = await audit();
    expect(Object.fromEntries(checks.map(({ name, checked }) => [name, checked]))).to.deep.equal({
      'stock.conserved': 1,
      'stock.orders': 1,
      'money.captured': 1,
      'money.once': 1,
      'money.orders': 1,
      'sagas.agree': 1,
      'sagas.begun': 1,
      'sagas.orders': 1,
      'sagas.alive': 0,
      'outboxes.young': 6,
      'money.clear': 0,
    });
  });

  it('names a question to a provider that stays open', async () => {
    const id = await order('pending');
    await aSaga(id, 'place-order', 'running');
    await payment(id, 'unknown', 0);
    await run(
      'payments_db',
      `INSERT INTO payment_attempts (payment_id, operation, amount_cents, provider_key, context, state, next_attempt_at, created_at)
       VALUES (1, 'authorise', 2000, 'k', '{}', 'unknown', now(), now() - interval '1 hour')`,
    );
    expect(await breaches()).to.deep.equal(['money.clear payment attempt 1']);
  });

  it('says nothing of an order on its way, whatever is still missing', async () => {
    const id = await order('confirmed');
    await aSaga(id, 'place-order', 'running');
    await payment(id, 'authorized', 0);
    expect(await breaches()).to.deep.equal([]);
  });

  async function sold(): Promise<number> {
    const id = await order('confirmed');
    await reserve(id, 'committed');
    await payment(id, 'captured', 2_000);
    await aSaga(id, 'place-order', 'completed');
    return id;
  }

  async function rejected(): Promise<number> {
    const id = await order('rejected');
    await reserve(id, 'released');
    await payment(id, 'voided', 0);
    await aSaga(id, 'place-order', 'compensated');
    return id;
  }

  async function cancelled(): Promise<number> {
    const id = await order('cancelled');
    await reserve(id, 'returned');
    await payment(id, 'captured', 2_000);
    await run(
      'payments_db',
      `INSERT INTO refunds (payment_id, amount_cents, state, idempotency_key, requested_by, settled_at)
       SELECT id, 2000, 'succeeded', 'refund-${id}', 'test', now() FROM payments WHERE order_id = ${id};
       UPDATE payments SET state = 'refunded' WHERE order_id = ${id}`,
    );
    await aSaga(id, 'place-order', 'completed');
    await aSaga(id, 'cancel-order', 'completed');
    return id;
  }

  async function order(status: string): Promise<number> {
    orders += 1;
    await run(
      'orders_db',
      `INSERT INTO orders (id, user_id, total_amount, status, shipping_address, billing_address, payment_provider, payment_token, saga_id)
       VALUES (${orders}, 1, 20, '${status}', 'a', 'b', 'sandbox', 'tok_approve', '${uuid7()}');
       INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price, product_name, sku)
       VALUES (${orders}, 1, 2, 10, 20, 'Lamp', 'L')`,
    );
    return orders;
  }

  /** The reservation with the movements that brought it to its state. */
  async function reserve(orderId: number, state: 'committed' | 'released' | 'returned'): Promise<void> {
    const onHand = { committed: -2, released: 0, returned: 0 }[state];
    const movements = {
      committed: `('commit', -2, -2)`,
      released: `('release', 0, -2)`,
      returned: `('commit', -2, -2), ('return', 2, 0)`,
    }[state];
    await run(
      'products_db',
      `INSERT INTO stock_reservations (order_id, product_id, quantity, state) VALUES (${orderId}, 1, 2, '${state}');
       INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, order_id, actor)
       SELECT 1, kind, on_hand, reserved, ${orderId}, 'test'
       FROM (VALUES ('reserve', 0, 2), ${movements}) AS m(kind, on_hand, reserved);
       UPDATE products SET stock_quantity = stock_quantity + ${onHand} WHERE id = 1`,
    );
  }

  async function payment(orderId: number, state: string, captured: number): Promise<void> {
    await run(
      'payments_db',
      `INSERT INTO payments (order_id, user_id, amount_cents, currency, provider, method_token, idempotency_key, state, captured_cents)
       VALUES (${orderId}, 1, 2000, 'EUR', 'sandbox', 'tok_approve', '${uuid7()}', '${state}', ${captured})`,
    );
  }

  async function refund(orderId: number, cents: number, requestedBy: string): Promise<void> {
    await run(
      'payments_db',
      `INSERT INTO refunds (payment_id, amount_cents, state, idempotency_key, requested_by, settled_at)
       SELECT id, ${cents}, 'succeeded', '${uuid7()}', '${requestedBy}', now() FROM payments WHERE order_id = ${orderId}`,
    );
  }

  async function aSaga(orderId: number, type: string, phase: string, ageSeconds = 1): Promise<string> {
    const id = uuid7();
    const endedAt = phase === 'running' ? 'NULL' : 'now()';
    await run(
      'sagas_db',
      `INSERT INTO sagas (id, type, definition_version, order_id, user_id, state, phase, pivot_passed, current_steps, attempt, retrying,
         data, version, last_seq, created_at, updated_at, state_entered_at, ended_at)
       VALUES ('${id}', '${type}', 1, ${orderId}, 1, '${phase}', '${phase}', false, '{}', 1, false, '{}', 1, 1,
         now() - interval '${ageSeconds} seconds', now(), now(), ${endedAt})`,
    );
    return id;
  }

  async function run(name: DatabaseName, sql: string): Promise<void> {
    await databases[name].runAsAdmin(sql);
  }

  function audit(): Promise<AuditReport> {
    const dbs = Object.fromEntries(Object.entries(databases).map(([name, { db }]) => [name, db]));
    return runAudit(dbs as unknown as Parameters<typeof runAudit>[0]);
  }

  async function breaches(): Promise<string[]> {
    return breachesOf(await audit());
  }
});

function breachesOf({ checks }: AuditReport): string[] {
  return checks.flatMap(({ name, breaches }) => breaches.map(({ subject }) => `${name} ${subject}`));
}
