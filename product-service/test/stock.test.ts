import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { CommandOutcome } from '@sagacity/chassis/participant/outcomes';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { reserveStock } from '../src/use-cases/reserve-stock.ts';
import { commitStock, releaseStock, returnStock } from '../src/use-cases/settle-stock.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('stock', () => {
  let products: ProductFixture;
  let orders = 0;
  before(async () => {
    products = await startProducts();
  });
  afterEach('counters, reservations and ledger agree', async () => {
    expect(await products.breaches()).to.deep.equal([]);
  });
  after(() => products.stop());

  it('S1: sells the last units once to a hundred buyers at the same time', async () => {
    const productId = await products.addProduct({ stock_quantity: 10 });
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => reserve(nextOrder(), [[productId, 1]])));
    expect(outcomes.filter(({ outcome }) => outcome === 'done')).to.have.lengthOf(10);
    const refusals = outcomes.filter(({ outcome }) => outcome === 'refused');
    expect(refusals).to.have.lengthOf(90);
    expect(refusals[0]).to.include({ code: 'stock.insufficient' });
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 10, reserved: 10, sold: 0 });
  });

  it('S1: looks at what is left only when the order before has taken its share', async () => {
    const { db } = products.database;
    const productId = await products.addProduct({ stock_quantity: 1 });
    let second: Promise<CommandOutcome> | undefined;
    await inTransaction(db, async (trx) => {
      await reserveStock(trx, { order_id: nextOrder(), items: [{ product_id: productId, quantity: 1 }] });
      second = reserve(nextOrder(), [[productId, 1]]);
      await waitFor('the other order waits', async () => {
        // Within a transaction the view stays as it was at first sight.
        const { rows } = await db.raw(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
    });
    expect(await second).to.include({ outcome: 'refused', code: 'stock.insufficient' });
    expect(await products.countersOf(productId)).to.include({ reserved: 1 });
  });

  it('S2: counts the same product on two lines of an order together', async () => {
    const productId = await products.addProduct({ stock_quantity: 5 });
    const refused = await reserve(nextOrder(), [
      [productId, 3],
      [productId, 3],
    ]);
    expect(refused).to.deep.include({
      outcome: 'refused',
      result: { short: [{ product_id: productId, wanted: 6, available: 5 }] },
    });
    expect(
      (
        await reserve(nextOrder(), [
          [productId, 2],
          [productId, 3],
        ])
      ).outcome,
    ).to.equal('done');
    expect(await products.countersOf(productId)).to.include({ reserved: 5 });
  });

  it('S3: reserves all items or none, in the transaction that checked them', async () => {
    const [plenty, short] = [await products.addProduct(), await products.addProduct({ stock_quantity: 1 })];
    expect(
      (
        await reserve(nextOrder(), [
          [plenty, 2],
          [short, 2],
        ])
      ).outcome,
    ).to.equal('refused');
    expect(await products.countersOf(plenty)).to.include({ reserved: 0 });
    const order = nextOrder();
    const failed = await inTransaction(products.database.db, async (trx) => {
      await reserveStock(trx, { order_id: order, items: [{ product_id: plenty, quantity: 1 }] });
      throw new Error('what comes after fails');
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('what comes after fails');
    expect(await products.countersOf(plenty)).to.include({ reserved: 0 });
  });

  it('S5: gives back what was reserved, so that others can have it', async () => {
    const productId = await products.addProduct({ stock_quantity: 1 });
    const order = nextOrder();
    await reserve(order, [[productId, 1]]);
    expect((await reserve(nextOrder(), [[productId, 1]])).outcome).to.equal('refused');
    expect(await settle(releaseStock, order)).to.deep.include({ result: { released: 1 } });
    expect((await reserve(nextOrder(), [[productId, 1]])).outcome).to.equal('done');
  });

  it('S6: gives back once, however often it is asked to', async () => {
    const productId = await products.addProduct({ stock_quantity: 3 });
    const order = nextOrder();
    await reserve(order, [[productId, 2]]);
    await Promise.all(Array.from({ length: 5 }, () => settle(releaseStock, order)));
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 3, reserved: 0, sold: 0 });
    const bought = nextOrder();
    await reserve(bought, [[productId, 2]]);
    await settle(commitStock, bought);
    await Promise.all(Array.from({ length: 5 }, () => settle(returnStock, bought)));
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 3, reserved: 0, sold: 0 });
  });

  it('S7: keeps a reservation until the orchestrator says otherwise, whatever its age', async () => {
    const productId = await products.addProduct({ stock_quantity: 1 });
    const order = nextOrder();
    await reserve(order, [[productId, 1]]);
    await products.database.db('stock_reservations').where({ order_id: order }).update({ created_at: '2020-01-01' });
    expect((await reserve(nextOrder(), [[productId, 1]])).outcome).to.equal('refused');
    expect((await settle(commitStock, order)).outcome).to.equal('done');
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 0, reserved: 0, sold: 1 });
  });

  it('S8: lets orders that name the same products in opposite order all come through', async () => {
    const [a, b] = [
      await products.addProduct({ stock_quantity: 100 }),
      await products.addProduct({ stock_quantity: 100 }),
    ];
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        reserve(
          nextOrder(),
          n % 2
            ? [
                [a, 1],
                [b, 1],
              ]
            : [
                [b, 1],
                [a, 1],
              ],
        ),
      ),
    );
    expect(outcomes.every(({ outcome }) => outcome === 'done')).to.equal(true);
    expect(await products.countersOf(a)).to.include({ reserved: 40 });
  });

  it('S8: moves no reservation before it has the locks of all products', async () => {
    const { db } = products.database;
    const productId = await products.addProduct({ stock_quantity: 1 });
    const order = nextOrder();
    await reserve(order, [[productId, 1]]);
    let settling: Promise<CommandOutcome> | undefined;
    await inTransaction(db, async (trx) => {
      await trx('products').where({ id: productId }).forUpdate();
      settling = settle(commitStock, order);
      await waitFor('the settlement waits', async () => {
        // Within a transaction the view stays as it was at first sight.
        const { rows } = await db.raw(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      const free = await trx('stock_reservations').where({ order_id: order }).forUpdate().skipLocked();
      expect(free).to.have.lengthOf(1);
    });
    expect((await settling)?.outcome).to.equal('done');
  });

  it('sells what was reserved, once', async () => {
    const productId = await products.addProduct({ stock_quantity: 5 });
    const order = nextOrder();
    await reserve(order, [[productId, 2]]);
    await settle(commitStock, order);
    expect(await settle(commitStock, order)).to.deep.include({ outcome: 'done', result: { committed: 0 } });
    expect(await settle(releaseStock, order)).to.deep.include({ result: { released: 0 } });
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 3, reserved: 0, sold: 2 });
  });

  it('never sells what nobody reserved', async () => {
    const code = await settle(commitStock, nextOrder()).catch((error: { code: string }) => error.code);
    expect(code).to.equal('stock.nothing_reserved');
  });

  it('refuses what is no longer for sale', async () => {
    const productId = await products.addProduct();
    await products.asAdmin('DELETE', `/products/${productId}`);
    expect((await reserve(nextOrder(), [[productId, 1]])).outcome).to.equal('refused');
  });

  it('keeps its ledger from everybody, the service that owns it too', async () => {
    const productId = await products.addProduct({ stock_quantity: 5 });
    const before = await movements(productId);
    for (const statement of [
      'UPDATE stock_movements SET on_hand_delta = 1',
      'DELETE FROM stock_movements',
      'TRUNCATE stock_movements',
    ]) {
      const refused = await products.database.db.raw(statement).catch((error: Error) => error.message);
      expect(refused, statement).to.include('permission denied for table stock_movements');
    }
    const nonsense = {
      product_id: productId,
      kind: 'commit',
      on_hand_delta: 1,
      reserved_delta: 0,
      actor: 'x',
      order_id: 1,
    };
    const refused = await products.database
      .db('stock_movements')
      .insert(nonsense)
      .catch((error: Error) => error.message);
    expect(refused).to.include('stock_movements_of_kind');
    expect(await movements(productId)).to.deep.equal(before);
  });

  it('notes every change by an admin in the ledger, with who and why', async () => {
    const productId = await products.addProduct({ stock_quantity: 5 });
    await products.asAdmin('PUT', `/products/${productId}`, { stock_quantity: 8 });
    await products.asAdmin('PUT', `/products/${productId}`, { price: 3, stock_quantity: 8 });
    await products.asAdmin('POST', `/products/${productId}/stock`, { delta: -1, reason: 'broken' });
    expect(await movements(productId)).to.deep.equal([
      ['receive', 5, 'admin 1', 'first stock'],
      ['adjust', 3, 'admin 1', 'product changed'],
      ['adjust', -1, 'admin 1', 'broken'],
    ]);
    const zero = await products.asAdmin('POST', `/products/${productId}/stock`, { delta: 0, reason: 'nothing' });
    expect(zero.body.code).to.equal('request.invalid');
  });

  it('cannot be adjusted below what is reserved', async () => {
    const productId = await products.addProduct({ stock_quantity: 5 });
    await reserve(nextOrder(), [[productId, 3]]);
    const adjust = (delta: number) =>
      products.asAdmin('POST', `/products/${productId}/stock`, { delta, reason: 'counted' });
    const refused = await adjust(-3);
    expect([refused.status, refused.body.code, refused.body.reserved]).to.deep.equal([409, 'stock.below_reserved', 3]);
    const done = await adjust(-2);
    expect([done.status, done.body.stock_quantity, done.body.available_quantity]).to.deep.equal([200, 3, 0]);
    const changed = await products.asAdmin('PUT', `/products/${productId}`, { stock_quantity: 2 });
    expect([changed.status, changed.body.code]).to.deep.equal([409, 'stock.below_reserved']);
  });

  async function movements(productId: number): Promise<unknown[][]> {
    const rows = await products.database.db('stock_movements').where({ product_id: productId }).orderBy('id');
    return rows.map(({ kind, on_hand_delta, actor, reason }) => [kind, on_hand_delta, actor, reason]);
  }

  type Lines = readonly (readonly [productId: number, quantity: number])[];

  function reserve(orderId: number, lines: Lines): Promise<CommandOutcome> {
    const items = lines.map(([product_id, quantity]) => ({ product_id, quantity }));
    return inTransaction(products.database.db, (trx) => reserveStock(trx, { order_id: orderId, items }));
  }

  function settle(how: typeof releaseStock, orderId: number): Promise<CommandOutcome> {
    return inTransaction(products.database.db, (trx) => how(trx, orderId));
  }

  function nextOrder(): number {
    orders += 1;
    return orders;
  }
});
