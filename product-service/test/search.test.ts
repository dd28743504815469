import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { searchAnswer } from '../src/contract/products.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('searching the catalogue', () => {
  let products: ProductFixture;
  before(async () => {
    products = await startProducts();
  });
  beforeEach(async () => {
    await products.database.runAsAdmin('TRUNCATE products, categories, outbox RESTART IDENTITY CASCADE');
    await products.cache.forget(['everything']);
  });
  after(() => products.stop());

  it('finds by words, by prefixes, by SKU and despite typos, and counts categories and prices', async () => {
    const { body: category } = await products.asAdmin('POST', '/products/categories', { name: 'Kitchen' });
    await products.addProduct({
      name: 'Copper kettle',
      description: 'Boils water',
      category_id: category.id,
      price: 40,
    });
    await products.addProduct({ name: 'Tea pot', description: 'Goes with the kettle', price: 20, sku: 'POT-77' });
    const search = async (q: string) => (await get(`/products/search?q=${encodeURIComponent(q)}`)).body;
    const found = await search('kettle');
    expect(compile(searchAnswer)(found)).to.deep.equal({ valid: true });
    expect(found.items.map(({ name }: { name: string }) => name)).to.deep.equal(['Copper kettle', 'Tea pot']);
    expect(found.facets.categories).to.deep.equal([{ id: category.id, name: 'Kitchen', count: 1 }]);
    expect(found.facets.price_ranges).to.deep.include({ from: 25, to: 50, count: 1 });
    expect((await search('copp')).total).to.equal(1);
    expect((await search('pot-77')).items[0].sku).to.equal('POT-77');
    expect((await search('coper ketle')).items[0].name).to.equal('Copper kettle');
    for (const strange of ["'; DROP TABLE products; --", '& | ! ( )', '"unclosed', '<->', '%_', '\\', '日本']) {
      expect((await search(strange)).items, strange).to.deep.equal([]);
    }
    expect((await get('/products/search')).status).to.equal(400);
  });

  it('finds by the name of the category, also once that has changed, and ranks name over category over description', async () => {
    const { body: category } = await products.asAdmin('POST', '/products/categories', { name: 'Kitchen & Dining' });
    await products.addProduct({ name: 'Red mat', description: 'For the kitchen' });
    await products.addProduct({ name: 'Copper pot', category_id: category.id });
    await products.addProduct({ name: 'Kitchen scale' });
    expect(await found('kitchen')).to.deep.equal(['Kitchen scale', 'Copper pot', 'Red mat']);
    expect(await found('copper kitchen')).to.deep.equal(['Copper pot']);
    expect(await found('kitch')).to.include('Copper pot');
    expect(await found('copper -kitchen')).to.deep.equal([]);
    await products.asAdmin('PUT', `/products/categories/${category.id}`, { name: "Chef's galley" });
    expect(await found('copper galley')).to.deep.equal(['Copper pot']);
    expect(await found('copper dining')).to.deep.equal([]);
  });

  it('takes quotes, exclusions and alternatives at their word', async () => {
    for (const name of ['Brass lamp', 'Lamp of brass', 'Copper kettle', 'Copper lamp'])
      await products.addProduct({ name });
    expect(await found('"brass lamp"')).to.deep.equal(['Brass lamp']);
    expect((await found('copper -lamp')).sort()).to.deep.equal(['Copper kettle']);
    expect((await found('kettle or brass')).sort()).to.deep.equal(['Brass lamp', 'Copper kettle', 'Lamp of brass']);
  });

  it('corrects words that nothing has, says so, and goes on with the corrected ones by cursor', async () => {
    for (let n = 0; n < 5; n += 1) await products.addProduct({ name: `Copper kettle ${n}` });
    const first = (await get('/products/search?q=coper%20ketle&limit=2')).body;
    expect([first.corrected_q, first.total, first.items.length]).to.deep.equal(['copper kettle', 5, 2]);
    const ids = first.items.map(({ id }: { id: number }) => id);
    for (let cursor = first.next_cursor; cursor !== null; ) {
      const { body } = await get(`/products/search?q=coper%20ketle&limit=2&cursor=${cursor}`);
      ids.push(...body.items.map(({ id }: { id: number }) => id));
      cursor = body.next_cursor;
    }
    expect(new Set(ids).size).to.equal(5);
    expect(ids).to.have.lengthOf(5);
    expect((await get('/products/search?q=kettle')).body.corrected_q).to.equal(null);
    expect((await get('/products/search?q=zzzzqqqq')).body).to.include({ total: 0, corrected_q: null });
  });

  it('takes changed places of two letters for the mistake, however different the words look', async () => {
    const wanted = await products.addProduct({ name: 'Steel lamp' });
    await products.addProduct({ name: 'Setela lmapo' });
    const { body } = await get('/products/search?q=setel%20lmap');
    expect([body.corrected_q, body.items.map(({ id }: { id: number }) => id)]).to.deep.equal(['steel lamp', [wanted]]);
  });

  it('searches in every order, by page and by cursor, and keeps its place when products are added', async () => {
    for (let n = 0; n < 5; n += 1) await products.addProduct({ name: `Lamp ${n}`, price: 10 + n });
    for (const sort of ['rank', 'price', '-price', 'name', '-created_at', '-popularity']) {
      const whole = (await get(`/products/search?q=lamp&sort=${sort}`)).body.items.map(({ id }: { id: number }) => id);
      const first = (await get(`/products/search?q=lamp&sort=${sort}&limit=2`)).body;
      const added = await products.addProduct({ name: 'Lamp 00', price: 1 });
      const rest = (await get(`/products/search?q=lamp&sort=${sort}&limit=100&cursor=${first.next_cursor}`)).body;
      const seen = [...first.items, ...rest.items].map(({ id }: { id: number }) => id);
      expect(
        seen.filter((id) => id !== added),
        sort,
      ).to.deep.equal(whole);
      expect(new Set(seen).size, sort).to.equal(seen.length);
      await products.asAdmin('DELETE', `/products/${added}`);
    }
  });

  it('counts no further than it says', async () => {
    await products.database.db.raw(`
      INSERT INTO products (name, price, sku) SELECT 'Screw ' || n, n % 300, 'S' || n FROM generate_series(1, 10003) AS n`);
    const list = (await get('/products?limit=1')).body;
    expect([list.total, list.total_is_exact]).to.deep.equal([10_000, false]);
    const search = (await get('/products/search?q=screw&limit=1')).body;
    expect([search.total, search.total_is_exact]).to.deep.equal([1_000, false]);
    const few = (await get('/products/search?q=screw&max_price=0&limit=1')).body;
    expect([few.total, few.total_is_exact]).to.deep.equal([33, true]);
  });

  async function found(q: string): Promise<string[]> {
    const { body } = await get(`/products/search?q=${encodeURIComponent(q)}`);
    return body.items.map(({ name }: { name: string }) => name);
  }

  function get(path: string) {
    return products.server.call('GET', path);
  }
});
