import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { logInAsAdmin, newProduct, untilSettled } from '../e2e/shop.ts';
import { newCustomers, type PlacedOrder, placeMany } from './load.ts';
import { countEnds, openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

const lanes = 4;

/** Which of the two the order's row has seen first. */
type First = 'cancel' | 'confirm';

describe('a cancel at the very moment of confirm', () => {
  const scenario = openScenario('cancel raced against confirm', { test: 40, chaos: 200 });
  const proof = openProof();
  after(() => proof.close());

  it('is decided by the row of the order, either way, and nothing is half done', async () => {
    const admin = await logInAsAdmin();
    const productId = await newProduct(admin, scenario.orders + 1);
    const buyers = await newCustomers(lanes);
    const place = async (lane: number) => {
      const { placed } = await placeMany({
        buyers: buyers.slice(lane, lane + 1),
        count: 1,
        atOnce: 1,
        order: () => ({ productId }),
      });
      return placed[0] as PlacedOrder;
    };
    const first = await place(0);
    const since = performance.now();
    await untilSettled(first.customer, first.id, 60_000);
    const startMs = performance.now() - since;
    scenario.say(`an order is confirmed after some ${startMs.toFixed(0)} ms: the cancels are aimed there`);

    let begun = 0;
    const raced: { order: PlacedOrder; won: First }[] = [];
    const race = async (lane: number) => {
      let aimMs = startMs;
      while (begun < scenario.orders) {
        begun += 1;
        const order = await place(lane);
        // Not a wait for something to happen: the moment of the cancel is what the scenario is about.
        await delay(aimMs * (0.8 + 0.4 * scenario.random()));
        const won = await cancel(order);
        raced.push({ order, won });
        // Too early: later next time, and the other way round. So the aim stays at the moment of confirm, whatever the load.
        aimMs = won === 'cancel' ? Math.max(1, aimMs * 1.2) : aimMs / 1.2;
        if (raced.length % 50 === 0) scenario.say(`${raced.length} raced, the aim is at ${aimMs.toFixed(0)} ms`);
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, lane) => race(lane)));

    const placed = raced.map(({ order }) => order);
    const wins = (which: First) => raced.filter(({ won }) => won === which).length;
    const ends = await proof.prove(
      scenario,
      [first, ...placed],
      [
        ['cancel was first', wins('cancel')],
        ['of those refused at the pivot itself', await refusedAtPivot(placed)],
        ['confirm was first, then refunded', wins('confirm')],
      ],
    );
    expect(countEnds(ends)).to.deep.equal({ confirmed: 1, cancelled: placed.length });
    expect(wins('cancel'), 'cancel was first').to.be.greaterThan(0);
    expect(wins('confirm'), 'confirm was first').to.be.greaterThan(0);
    for (const { order, won } of raced) {
      expect(await sagasOf(order), `order ${order.id}, ${won} was first`).to.deep.equal(
        won === 'cancel' ? ['place-order compensated'] : ['cancel-order completed', 'place-order completed'],
      );
    }
  }).timeout(scenario.timeoutMs);

  async function cancel({ id, customer }: PlacedOrder): Promise<First> {
    const { status, body } = await customer.call('POST', `/orders/${id}/cancel`, { body: {} });
    expect([status, body.status], JSON.stringify(body)).to.deep.equal([202, 'cancelling']);
    const rows: { to_status: string }[] = await proof.databases
      .orders_db('order_status_history')
      .where({ order_id: id })
      .select('to_status');
    return rows.some(({ to_status }) => to_status === 'confirmed') ? 'confirm' : 'cancel';
  }

  async function sagasOf({ id }: PlacedOrder): Promise<string[]> {
    const rows: { type: string; phase: string }[] = await proof.databases
      .sagas_db('sagas')
      .where({ order_id: id })
      .orderBy('type')
      .select('type', 'phase');
    return rows.map(({ type, phase }) => `${type} ${phase}`);
  }

  async function refusedAtPivot(placed: readonly PlacedOrder[]): Promise<number> {
    const rows: object[] = await proof.databases
      .sagas_db('saga_steps')
      .whereIn(
        'saga_id',
        placed.map(({ sagaId }) => sagaId),
      )
      .where({ step: 'confirm-order', state: 'refused' })
      .select('saga_id');
    return rows.length;
  }
});
