import { inTransaction } from '@sagacity/chassis/db/transaction';
import { compile } from '@sagacity/chassis/schema/validator';
import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { importSchema } from '../src/contract/imports.ts';
import { claimImport, type ImportRow } from '../src/persistence/imports.ts';
import { importBatch } from '../src/use-cases/import-batch.ts';
import { reserveStock } from '../src/use-cases/reserve-stock.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('import', () => {
  let products: ProductFixture;
  before(async () => {
    products = await startProducts();
  });
  beforeEach(() =>
    products.database.runAsAdmin('TRUNCATE products, categories, outbox, imports RESTART IDENTITY CASCADE'),
  );
  after(() => products.stop());

  it('adds and changes products by SKU, with movements and events, and nothing the second time', async () => {
    await products.asAdmin('POST', '/products/categories', { name: 'Light' });
    const kept = await products.addProduct({
      sku: 'B',
      name: 'Pot',
      price: 2,
      stock_quantity: 4,
      description: 'Round',
    });
    await products.server.call('GET', `/products/${kept}`);
    const file = 'sku,name,price,category,stock_quantity\nA,Lamp,1.50,Light,3\nB,Big pot,2.50,,7\n';

    const first = await runImport('text/csv', file);

    expect(compile(importSchema)(first)).to.deep.equal({ valid: true });
    expect(first).to.include({
      state: 'completed',
      processed: 2,
      created: 1,
      updated: 1,
      unchanged: 0,
      failed: 0,
      error: null,
    });
    const changed = (await products.server.call('GET', `/products/${kept}`)).body;
    expect(changed).to.include({ name: 'Big pot', price: 2.5, stock_quantity: 7, description: 'Round' });
    const { items } = (await products.server.call('GET', '/products?sort=name')).body;
    expect(items[1]).to.include({ sku: 'A', category_name: 'Light', stock_quantity: 3 });
    expect(await products.breaches()).to.deep.equal([]);
    expect((await events()).sort()).to.deep.equal(['product.created', 'product.created', 'product.updated']);

    const second = await runImport('text/csv', file);

    expect(second).to.include({ state: 'completed', processed: 2, created: 0, updated: 0, unchanged: 2, failed: 0 });
    expect(await events()).to.have.lengthOf(3);
    expect(await products.database.db('stock_movements').count({ count: '*' }).first()).to.deep.equal({ count: 3 });
    const left = await products.database.db('import_chunks').count({ count: '*' }).first();
    expect(left).to.deep.equal({ count: 0 });
  });

  it('says of each bad line where and why, and takes the others', async () => {
    const held = await products.addProduct({ sku: 'HELD', stock_quantity: 5 });
    await inTransaction(products.database.db, (trx) =>
      reserveStock(trx, { order_id: 1, items: [{ product_id: held, quantity: 3 }] }),
    );
    const lines = [
      { sku: 'A', name: 'Lamp', price: 1 },
      { sku: 'A', name: 'Lamp again', price: 2 },
      { sku: 'B', name: 'Pot', price: -1 },
      { sku: 'C', name: 'Pot', price: 1, category: 'Nowhere' },
      { sku: 'D', name: 'Pot', price: 1, version: 7 },
      { sku: 'HELD', name: 'Held', price: 1, stock_quantity: 2 },
      { sku: 'E', name: 'Last', price: 1 },
    ];
    const job = await runImport('application/x-ndjson', lines.map((line) => JSON.stringify(line)).join('\n'));
    expect(job).to.include({ processed: 7, created: 2, updated: 0, failed: 5 });
    const faults = job.faults.map(({ line, field, code }: Record<string, unknown>) => `${line} ${field} ${code}`);
    expect(faults.sort()).to.deep.equal([
      '2 sku repeated',
      '3 price minimum',
      '4 category product.category_unknown',
      '5 version unknown',
      '6 stock_quantity stock.below_reserved',
    ]);
    expect(await products.countersOf(held)).to.deep.equal({ onHand: 5, reserved: 3, sold: 0 });
  });

  it('goes on behind the last batch of a worker that died, and keeps that one from doing it again', async () => {
    const { body: job } = await upload('application/x-ndjson', manyLines(1_100));
    const dead = '00000000-0000-4000-8000-000000000001';
    const claimed = (await claimImport(products.database.db, dead)) as ImportRow;
    const batch = Array.from({ length: 500 }, (_, n) => ({ line: n + 1, product: product(n) }));
    await importBatch(products.database.db, { job: claimed, owner: dead, processed: 0, lines: batch });
    expect(await claimImport(products.database.db, dead), 'somebody works at it').to.equal(undefined);
    await products.database.db('imports').update({ owned_until: '2020-01-01' });

    const done = await finished(job.id);

    expect(done).to.include({ state: 'completed', processed: 1_100, created: 1_100, failed: 0 });
    expect(await events()).to.have.lengthOf(1_100);
    const late = await importBatch(products.database.db, {
      job: claimed,
      owner: dead,
      processed: 500,
      lines: [{ line: 501, product: { sku: 'LATE', name: 'x', price: 1 } }],
    }).catch((error: Error) => error.message);
    expect(late).to.equal('another worker has the import');
    expect(await products.database.db('products').where({ sku: 'LATE' })).to.deep.equal([]);
  });

  it('takes over nothing of a batch whose events cannot be written, and tries it again', async () => {
    await products.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    const { body: job } = await upload('application/x-ndjson', manyLines(3));
    const worker = products.createWorker();
    await worker.start();
    try {
      const row = () => products.database.db('imports').where({ id: job.id }).first();
      await waitFor('it was tried in vain', async () => {
        const { attempts, owned_until } = await row();
        return attempts === 1 && owned_until.getTime() < Date.now() + 30_000;
      });
      expect([(await row()).processed, await products.database.db('products').pluck('id')]).to.deep.equal([0, []]);
    } finally {
      await products.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
      await worker.stop();
    }
    await products.database.db('imports').update({ owned_until: null });
    expect(await finished(job.id)).to.include({ state: 'completed', created: 3 });
  });

  it('fails as a whole on a file that is none, and changes nothing', async () => {
    const job = await runImport('text/csv', 'sku,name,colour\nA,Lamp,red\n');
    expect(job).to.include({ state: 'failed', processed: 0 });
    expect(job.error).to.include('colour');
  });

  it('ends, and says why, when what it has to say quotes what no database can hold', async () => {
    const header = await runImport('text/csv', 'sku,na\0me,price\nA,Lamp,1\n');
    expect(header).to.include({ state: 'failed', processed: 0 });
    const keys = ['"na\\u0000me"', '"na\\ud800me"'].map((key) => `{"sku":"A","name":"Lamp","price":1,${key}:1}`);
    const job = await runImport('application/x-ndjson', keys.join('\n'));
    expect(job).to.include({ state: 'completed', processed: 2, created: 0, failed: 2 });
  });

  it('is for admins, for files of known types and not for empty ones', async () => {
    const user = products.tokens.issue({ roles: ['user'] });
    expect((await upload('text/csv', 'x', user)).status).to.equal(403);
    expect((await upload('text/plain', 'x')).status).to.equal(415);
    expect((await upload('text/csv', '')).status).to.equal(400);
    expect((await products.asAdmin('GET', '/products/imports/99')).body.code).to.equal('import.not_found');
    expect((await products.server.call('GET', '/products/imports/1', { token: user })).status).to.equal(403);
  });

  async function upload(type: string, text: string, token = products.tokens.issue({ roles: ['admin'] })) {
    const answer = await fetch(`${products.server.url}/products/import`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${token}` },
      body: text,
    });
    return {
      status: answer.status,
      body: (await answer.json()) as HttpAnswer['body'],
      location: answer.headers.get('location'),
    };
  }

  async function runImport(type: string, text: string) {
    const { status, body, location } = await upload(type, text);
    expect([status, location]).to.deep.equal([202, `/products/imports/${body.id}`]);
    return finished(body.id);
  }

  async function finished(id: number) {
    const worker = products.createWorker();
    await worker.start();
    const read = async () => (await products.asAdmin('GET', `/products/imports/${id}`)).body;
    try {
      await waitFor('the import is over', async () => ['completed', 'failed'].includes((await read()).state), 20_000);
    } finally {
      await worker.stop();
    }
    return read();
  }

  function product(n: number) {
    return { sku: `SKU-${n}`, name: `Product ${n}`, price: 1 + n / 100, stock_quantity: n % 7 };
  }

  function manyLines(count: number): string {
    return Array.from({ length: count }, (_, n) => JSON.stringify(product(n))).join('\n');
  }

  async function events(): Promise<string[]> {
    return (await products.database.db('outbox').orderBy('id').pluck('routing_key')) as string[];
  }
});
