import type { Db } from '@sagacity/chassis/db/database';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';
import type { ProviderRequest } from '../src/providers/provider.ts';
import { type Book, createBooking } from '../src/providers/sandbox/booking.ts';
import { openPool } from './payment-fixture.ts';
import { readBooks } from './views.ts';

const total = 5998;

describe("the sandbox's books", () => {
  let database: TestDatabase;
  let pool: Db;
  let book: Book;
  let orders = 900;

  before(async () => {
    database = await cloneDatabase('payments_db', 'payment_service');
    pool = openPool(database);
    book = createBooking(pool);
  });
  after(async () => {
    await pool.destroy();
    await database.drop();
  });

  const requestOf = (overrides: Partial<ProviderRequest> = {}): ProviderRequest => {
    orders += 1;
    return {
      key: `saga-${String(orders).padStart(12, '0')}:authorise:1`,
      orderId: orders,
      token: 'tok_approve',
      reference: null,
      amountCents: total,
      currency: 'EUR',
      ...overrides,
    };
  };
  const held = async (overrides: Partial<ProviderRequest> = {}) => {
    const request = requestOf(overrides);
    const { reference } = (await book('authorise', request)).request;
    return { ...request, reference };
  };

  it('books fifty authorisations that arrive at once, each for its own charge', async () => {
    const requests = Array.from({ length: 50 }, () => requestOf());

    const booked = await Promise.all(requests.map((request) => book('authorise', request)));

    expect(booked.map(({ request }) => request.key)).to.deep.equal(requests.map(({ key }) => key));
    expect(new Set(booked.map(({ request }) => request.reference)).size).to.equal(50);
    for (const { orderId } of requests) {
      expect(await readBooks(database.db, orderId)).to.include({ held: total, charges: 1, sends: 1 });
    }
  });

  it('moves money once for a key that is sent ten times at once, and says the same each time', async () => {
    const request = requestOf();

    // The first one goes alone; the copies wait for it, and go together.
    const first = book('authorise', requestOf());
    const booked = await Promise.all(Array.from({ length: 10 }, () => book('authorise', request)));
    await first;

    expect(booked.filter(({ movedNow }) => movedNow)).to.have.length(1);
    expect(new Set(booked.map(({ request: { outcome, reference } }) => `${outcome} ${reference}`)).size).to.equal(1);
    expect(await readBooks(database.db, request.orderId)).to.include({ held: total, charges: 1, sends: 10 });
  });

  it('captures a charge once, whatever the keys', async () => {
    const charge = await held();
    const captures = ['a', 'a', 'b', 'c'].map((name) => ({ ...charge, key: `${charge.key}:capture:${name}` }));

    const booked = await Promise.all(captures.map((request) => book('capture', request)));

    expect(booked.filter(({ movedNow }) => movedNow)).to.have.length(1);
    expect(await readBooks(database.db, charge.orderId)).to.include({ held: 0, captured: total });
  });

  it('refuses what a charge does not allow, and remembers the refusal for the key', async () => {
    const charge = await held();
    const keyed = (name: string, overrides = {}) => ({ ...charge, key: `${charge.key}:${name}`, ...overrides });
    const outcome = async (operation: 'capture' | 'void' | 'refund', request: ProviderRequest) => {
      const { request: booked } = await book(operation, request);
      return booked.code ?? booked.outcome;
    };

    expect(await outcome('refund', keyed('too early'))).to.equal('provider.not_possible');
    expect(await outcome('capture', keyed('too much', { amountCents: total + 1 }))).to.equal('provider.not_possible');
    expect(await outcome('capture', keyed('dollars', { currency: 'USD' }))).to.equal('provider.not_possible');
    expect(await outcome('capture', keyed('capture'))).to.equal('moved');
    expect(await outcome('void', keyed('too late'))).to.equal('provider.not_possible');
    expect(await outcome('refund', keyed('part', { amountCents: total - 1 }))).to.equal('moved');
    expect(await outcome('refund', keyed('rest and more', { amountCents: 2 }))).to.equal('provider.not_possible');
    expect(await outcome('refund', keyed('too early'))).to.equal('provider.not_possible');
    expect(await readBooks(database.db, charge.orderId)).to.include({ captured: total, refunded: total - 1 });
  });

  it('refuses a key that comes back with another request', async () => {
    const charge = await held();
    for (const changed of [{ amountCents: 1 }, { currency: 'USD' }]) {
      const { request } = await book('authorise', { ...charge, reference: null, ...changed });
      expect([request.outcome, request.code]).to.deep.equal(['refused', 'provider.key_reused']);
    }
    const other = await book('void', charge);
    expect(other.request.code).to.equal('provider.key_reused');
    expect(await readBooks(database.db, charge.orderId)).to.include({ held: total, charges: 1 });
  });
});
