import { expect } from 'chai';
import { type Customer, logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { newCustomers, type PlacedOrder, placeMany } from './load.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

/** How an order paid with each token ends when nobody cancels it. */
const ends = {
  tok_approve: 'confirmed',
  tok_decline: 'rejected',
  tok_insufficient_funds: 'rejected',
  tok_slow: 'confirmed',
  tok_timeout_then_approve: 'confirmed',
  tok_answer_lost: 'confirmed',
  tok_unavailable: 'confirmed',
  tok_refund_fails_twice: 'confirmed',
} as const;

const tokens = Object.keys(ends) as (keyof typeof ends)[];
const rounds = ['left alone', 'cancelled when settled', 'cancelled at once'] as const;
const priceCents = 1_999;

interface Books {
  readonly charges: number;
  readonly held: number;
  readonly captured: number;
  readonly refunded: number;
}

describe('every token of the sandbox', () => {
  const scenario = openScenario('every sandbox token, with and without a cancel', { test: 24, chaos: 240 });
  const proof = openProof();
  const perToken = Math.max(1, Math.floor(scenario.orders / (tokens.length * rounds.length)));
  let admin: Customer;
  let customers: Customer[];
  const all: PlacedOrder[] = [];
  const rows: (string | number)[][] = [
    ['token', 'round', 'orders', 'ended', 'charges', 'held', 'captured', 'given back'],
  ];

  before(async function () {
    this.timeout(scenario.timeoutMs);
    admin = await logInAsAdmin();
    customers = await newCustomers(2);
  });
  after(() => proof.close());

  it('ends as its name says, and the books of the provider agree', async () => {
    const placed = await place();
    const found = await proof.untilEnded(placed);
    await tell(placed, 'left alone');
    for (const { id, token } of placed) {
      const end = ends[token as keyof typeof ends];
      expect(found.get(id)?.status, `order ${id} with ${token}`).to.equal(end);
      expect(await booksOf([id]), `order ${id} with ${token}`).to.deep.equal(
        end === 'confirmed'
          ? { charges: 1, held: 0, captured: priceCents, refunded: 0 }
          : { charges: 0, held: 0, captured: 0, refunded: 0 },
      );
    }
  }).timeout(scenario.timeoutMs);

  it('gives the money back when the order is cancelled afterwards', async () => {
    const placed = await place();
    await proof.untilEnded(placed);
    await Promise.all(placed.map(cancel));
    const found = await proof.untilEnded(placed);
    await tell(placed, 'cancelled when settled');
    for (const { id, token } of placed) {
      const end = ends[token as keyof typeof ends] === 'confirmed' ? 'cancelled' : 'rejected';
      expect(found.get(id)?.status, `order ${id} with ${token}`).to.equal(end);
      await expectNothingKept(id, token);
    }
  }).timeout(scenario.timeoutMs);

  it('gives the money back when the order is cancelled at once, wherever that meets it', async () => {
    const placed = await place(cancel);
    const found = await proof.untilEnded(placed);
    await tell(placed, 'cancelled at once');
    for (const { id, token } of placed) {
      const declined = ends[token as keyof typeof ends] === 'rejected';
      expect(found.get(id)?.status, `order ${id} with ${token}`).to.be.oneOf(
        declined ? ['cancelled', 'rejected'] : ['cancelled'],
      );
      await expectNothingKept(id, token);
    }
    scenario.table(rows);
    await proof.prove(scenario, all);
  }).timeout(scenario.timeoutMs);

  async function place(onPlaced: (order: PlacedOrder) => Promise<void> = async () => undefined) {
    const productId = await newProduct(admin, perToken * tokens.length, priceCents / 100);
    const done: Promise<void>[] = [];
    const { placed } = await placeMany({
      buyers: customers,
      count: perToken * tokens.length,
      atOnce: 8,
      order: (index) => ({ productId, token: tokens[index % tokens.length] ?? '' }),
      onAnswer: (_answered, order) => void (order && done.push(onPlaced(order))),
    });
    await Promise.all(done);
    all.push(...placed);
    return placed;
  }

  async function cancel({ id, customer }: PlacedOrder): Promise<void> {
    const { status, body } = await customer.call('POST', `/orders/${id}/cancel`, { body: {} });
    expect(status, JSON.stringify(body)).to.be.oneOf([200, 202, 409]);
    if (status === 409) expect(body.code).to.equal('order.not_cancellable');
  }

  async function expectNothingKept(id: number, token: string | undefined): Promise<void> {
    const { held, captured, refunded, charges } = await booksOf([id]);
    expect([held, captured - refunded], `order ${id} with ${token}: held, kept`).to.deep.equal([0, 0]);
    expect(charges, `order ${id} with ${token}: charges`).to.be.at.most(1);
  }

  async function tell(placed: readonly PlacedOrder[], round: (typeof rounds)[number]): Promise<void> {
    const found = await proof.untilEnded(placed);
    for (const token of tokens) {
      const ids = placed.filter((order) => order.token === token).map(({ id }) => id);
      const statuses = [...new Set(ids.map((id) => found.get(id)?.status ?? 'missing'))].join(', ');
      const { charges, held, captured, refunded } = await booksOf(ids);
      rows.push([token, round, ids.length, statuses, charges, ...[held, captured, refunded].map(inMoney)]);
    }
  }

  /** What the provider itself says, past everything that the shop believes. */
  async function booksOf(ids: readonly number[]): Promise<Books> {
    const { rows: found } = await proof.databases.payments_db.raw<{ rows: Books[] }>(
      `SELECT count(*)::int AS charges,
         coalesce(sum(amount_cents) FILTER (WHERE NOT voided AND captured_cents = 0), 0)::int AS held,
         coalesce(sum(captured_cents), 0)::int AS captured, coalesce(sum(refunded_cents), 0)::int AS refunded
       FROM sandbox.charges WHERE order_id = ANY (?::int[])`,
      [[...ids]],
    );
    return found[0] as Books;
  }
});

function inMoney(cents: number): string {
  return (cents / 100).toFixed(2);
}
