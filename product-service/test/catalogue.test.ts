import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { categoryList } from '../src/contract/categories.ts';
import { productCreated, productDeleted, productUpdated } from '../src/contract/events.ts';
import { productList, productSchema } from '../src/contract/products.ts';
import { quotesSchema } from '../src/contract/quotes.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('catalogue', () => {
  let products: ProductFixture;
  before(async () => {
    products = await startProducts();
  });
  beforeEach(async () => {
    await products.database.runAsAdmin('TRUNCATE products, categories, outbox RESTART IDENTITY CASCADE');
    await products.cache.forget(['everything']);
  });
  after(() => products.stop());

  it('adds, changes and removes products for admins, with an event for each', async () => {
    const created = await products.asAdmin('POST', '/products', {
      name: 'Lamp',
      price: 599.8,
      sku: 'L-1',
      stock_quantity: 4,
    });
    expect([created.status, created.headers.get('location')]).to.deep.equal([201, '/products/1']);
    expect(compile(productSchema)(created.body)).to.deep.equal({ valid: true });
    expect(created.body).to.include({ price: 599.8, stock_quantity: 4, available_quantity: 4, currency: 'EUR' });
    const changed = await products.asAdmin('PUT', '/products/1', { price: 500, description: 'Bright' });
    expect(changed.body).to.include({ price: 500, description: 'Bright', name: 'Lamp' });
    expect((await products.asAdmin('DELETE', '/products/1')).status).to.equal(204);
    expect((await products.asAdmin('DELETE', '/products/1')).status).to.equal(204);
    expect((await get('/products/1')).status).to.equal(404);
    expect((await products.asAdmin('GET', '/products/1')).body.is_active).to.equal(false);
    const rows = await products.database.db('outbox').orderBy('id').select('routing_key', 'payload');
    expect(rows.map(({ routing_key }) => routing_key)).to.deep.equal([
      'product.created',
      'product.updated',
      'product.deleted',
    ]);
    for (const [index, schema] of [productCreated, productUpdated, productDeleted].entries()) {
      expect(compile(schema)(JSON.parse(rows[index]?.payload))).to.deep.equal({ valid: true });
    }
  });

  it('lets nobody else change it', async () => {
    const token = products.tokens.issue({ roles: ['user'] });
    const body = { name: 'Lamp', price: 1, sku: 'L' };
    expect((await products.server.call('POST', '/products', { body })).status).to.equal(401);
    expect((await products.server.call('POST', '/products', { token, body })).status).to.equal(403);
  });

  it('refuses a SKU that is taken, a category that is not there, and a price with three decimals', async () => {
    await products.addProduct({ sku: 'TAKEN' });
    const code = async (body: object) => {
      const answer = await products.asAdmin('POST', '/products', { name: 'x', price: 1, sku: 'NEW', ...body });
      return [answer.status, answer.body.code];
    };
    expect(await code({ sku: 'TAKEN' })).to.deep.equal([409, 'product.sku_taken']);
    expect(await code({ category_id: 99 })).to.deep.equal([422, 'product.category_unknown']);
    expect(await code({ price: 1.005 })).to.deep.equal([400, 'request.invalid']);
    expect(await code({ stock_quantity: -1 })).to.deep.equal([400, 'request.invalid']);
  });

  it('refuses a change of what was changed meanwhile', async () => {
    const id = await products.addProduct();
    const change = (etag: string) => products.asAdmin('PUT', `/products/${id}`, { price: 2 }, { 'if-match': etag });
    const etag = (await get(`/products/${id}`)).headers.get('etag') ?? '';
    expect((await change(etag)).status).to.equal(200);
    expect((await change(etag)).status).to.equal(412);
  });

  it('lists by page and by cursor in every order, each product once', async () => {
    for (let n = 0; n < 7; n += 1) await products.addProduct({ name: `Lamp ${n % 3}`, price: 5 + (n % 2) });
    for (const sort of ['price', '-price', 'name', '-name', 'created_at', '-created_at', '-popularity']) {
      const whole = await get(`/products?limit=100&sort=${sort}`);
      expect(compile(productList)(whole.body), sort).to.deep.equal({ valid: true });
      const ids = whole.body.items.map(({ id }: { id: number }) => id);
      const byCursor: number[] = [];
      let path: string | null = `/products?limit=2&sort=${sort}`;
      while (path !== null) {
        const { body } = await get(path);
        byCursor.push(...body.items.map(({ id }: { id: number }) => id));
        path = body.next_cursor === null ? null : `/products?limit=2&sort=${sort}&cursor=${body.next_cursor}`;
      }
      expect(byCursor, sort).to.deep.equal(ids);
      expect(new Set(ids).size).to.equal(7);
    }
    const second = await get('/products?limit=3&page=2');
    expect(second.body).to.include({ total: 7, pages: 3, page: 2 });
    expect((await get('/products?sort=stock_quantity')).status).to.equal(400);
    expect((await get('/products?cursor=AAAA')).status).to.equal(400);
    expect((await get('/products?page=6000&limit=20')).status).to.equal(400);
  });

  it('filters by category, price and stock', async () => {
    const { body: category } = await products.asAdmin('POST', '/products/categories', { name: 'Light' });
    await products.addProduct({ name: 'A', category_id: category.id, price: 5, stock_quantity: 0 });
    await products.addProduct({ name: 'B', category_id: category.id, price: 15 });
    await products.addProduct({ name: 'C', price: 25 });
    const names = async (query: string) =>
      (await get(`/products?${query}`)).body.items.map(({ name }: { name: string }) => name);
    expect(await names(`category_id=${category.id}`)).to.deep.equal(['A', 'B']);
    expect(await names('min_price=10&max_price=20')).to.deep.equal(['B']);
    expect(await names('in_stock=true')).to.deep.equal(['B', 'C']);
    expect(await names('in_stock=false')).to.deep.equal(['A']);
  });

  it('refuses parameters that it does not know, and values that make no sense', async () => {
    for (const query of [
      'color=red',
      'limit=0',
      'limit=101',
      'page=0',
      'page=1.5',
      'min_price=-1',
      'in_stock=maybe',
      'sort=',
      'cursor=',
      'category_id=x',
    ]) {
      expect((await get(`/products?${query}`)).body.code, query).to.equal('request.invalid');
      expect((await get(`/products/search?q=x&${query}`)).body.code, query).to.equal('request.invalid');
    }
    expect((await get('/products?page=2&cursor=AAAA')).status).to.equal(400);
    const { next_cursor: cursor } = (await get('/products?limit=1')).body;
    expect(cursor).to.equal(null);
    const forged = Buffer.from(JSON.stringify(['price', 'x', 1])).toString('base64url');
    expect((await get(`/products?sort=price&cursor=${forged}`)).status).to.equal(400);
    for (const path of ['/products/0', '/products/x', '/products/2147483648', '/products/-1']) {
      expect((await get(path)).status, path).to.equal(400);
    }
  });

  it('keeps categories apart from products that need them', async () => {
    const { body: category } = await products.asAdmin('POST', '/products/categories', { name: 'Light' });
    await products.addProduct({ category_id: category.id });
    expect((await products.asAdmin('POST', '/products/categories', { name: 'Light' })).body.code).to.equal(
      'category.name_taken',
    );
    expect((await products.asAdmin('DELETE', `/products/categories/${category.id}`)).body.code).to.equal(
      'category.in_use',
    );
    await products.asAdmin('PUT', `/products/categories/${category.id}`, { name: 'Lighting' });
    const list = await get('/products/categories');
    expect(compile(categoryList)(list.body)).to.deep.equal({ valid: true });
    expect(list.body.items).to.deep.equal([{ id: category.id, name: 'Lighting', description: null, product_count: 1 }]);
    expect((await products.asAdmin('DELETE', '/products/categories/99')).status).to.equal(404);
  });

  it('quotes products as they are now and leaves out those that do not exist', async () => {
    const id = await products.addProduct({ price: 12.34, stock_quantity: 7 });
    const answer = await get(`/products/quotes?ids=${id},999`);
    expect(compile(quotesSchema)(answer.body)).to.deep.equal({ valid: true });
    expect(answer.body.items).to.have.lengthOf(1);
    expect(answer.body.items[0]).to.include({ product_id: id, price: 12.34, available_quantity: 7, is_active: true });
    for (const ids of ['', 'x', '1,', '0', '1;2'])
      expect((await get(`/products/quotes?ids=${ids}`)).status, ids).to.equal(400);
  });

  it('shows an admin and everybody else a change at once, in product, list, search and categories', async () => {
    const { body: category } = await products.asAdmin('POST', '/products/categories', { name: 'Light' });
    const id = await products.addProduct({ name: 'Lamp', category_id: category.id });
    const paths = [`/products/${id}`, '/products', '/products/search?q=lamp', '/products/categories'];
    const texts = () => Promise.all(paths.map(async (path) => JSON.stringify((await get(path)).body)));
    await texts();
    await products.asAdmin('PUT', `/products/${id}`, { name: 'Lamp of brass' });
    for (const text of (await texts()).slice(0, 3)) expect(text).to.include('Lamp of brass');
    await products.asAdmin('PUT', `/products/categories/${category.id}`, { name: 'Lighting' });
    for (const text of await texts()) expect(text).to.include('"Lighting"');
    await products.asAdmin('DELETE', `/products/${id}`);
    expect((await get(`/products/${id}`)).status).to.equal(404);
    for (const path of paths.slice(1, 3)) expect((await get(path)).body.total, path).to.equal(0);
  });

  it('answers 304 to who has the answer, and not once its stock has changed', async () => {
    const id = await products.addProduct({ stock_quantity: 5 });
    for (const path of [`/products/${id}`, '/products', '/products/search?q=product', '/products/categories']) {
      const etag = (await get(path)).headers.get('etag') ?? '';
      const again = await products.server.call('GET', path, { headers: { 'if-none-match': `W/${etag}` } });
      expect([again.status, again.body, again.headers.get('etag')], path).to.deep.equal([304, '', etag]);
    }
    const etag = (await get(`/products/${id}`)).headers.get('etag') ?? '';
    await products.database.db('products').where({ id }).update({ reserved: 2 });
    await products.cache.forget([`product:${id}`]);
    const after = await products.server.call('GET', `/products/${id}`, { headers: { 'if-none-match': etag } });
    expect([after.status, after.body.available_quantity]).to.deep.equal([200, 3]);
    const change = await products.asAdmin('PUT', `/products/${id}`, { price: 2 }, { 'if-match': etag });
    expect(change.status, 'a sale is no reason to refuse an admin').to.equal(200);
  });

  it('never quotes from the cache', async () => {
    const id = await products.addProduct({ stock_quantity: 5 });
    await get(`/products/${id}`);
    await products.database.db('products').where({ id }).update({ reserved: 5 });
    expect((await get(`/products/${id}`)).body.available_quantity, 'as cached').to.equal(5);
    expect((await get(`/products/quotes?ids=${id}`)).body.items[0].available_quantity).to.equal(0);
  });

  it('G15: adds no product when its event cannot be written', async () => {
    await products.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      expect((await products.asAdmin('POST', '/products', { name: 'x', price: 1, sku: 'x' })).status).to.equal(500);
    } finally {
      await products.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    }
    expect((await get('/products')).body.total).to.equal(0);
  });

  function get(path: string) {
    return products.server.call('GET', path);
  }
});
