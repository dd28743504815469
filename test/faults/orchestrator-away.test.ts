import { readFacts } from '@sagacity/audit/read-facts';
import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { logInAsAdmin, newProduct, setting } from '../e2e/shop.ts';
import { newCustomers, type PlacedOrder, placeMany } from './load.ts';
import { takeAway } from './processes.ts';
import { countEnds, openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

const awayHours = 2;

/**
 * The timeouts of the steps are part of the saga's definition, so two hours do not pass: they are taken off every moment that
 * the sagas remember, while nobody is there to see it.
 */
describe('an orchestrator away for longer than every deadline', () => {
  const scenario = openScenario(`orchestrator away for ${awayHours} hours`, { test: 45, chaos: 300 });
  const proof = openProof();
  let sagas: Db;
  before(() => {
    const url = new URL(setting('TEST_POSTGRES_ADMIN_URL'));
    url.pathname = '/sagas_db';
    sagas = createDatabase({ url: url.href, applicationName: 'scenario', poolMax: 1 });
  });
  after(async () => {
    await sagas.destroy();
    await proof.close();
  });

  it('compensates nothing when it is back: the answers that wait count, not the clock', async () => {
    const admin = await logInAsAdmin();
    const buyers = await newCustomers(4);
    const productId = await newProduct(admin, scenario.orders);
    const seen = Math.ceil((scenario.orders * 2) / 3);
    let taken: Promise<() => Promise<void>> | undefined;
    // The provider takes three seconds for this token: the answers to these charges come when nobody is there any more.
    const order = () => ({ productId, token: 'tok_slow' });
    const onAnswer = (answered: number) => {
      if (answered === Math.ceil(seen / 2)) taken = untilCharged().then(() => takeAway('saga-orchestrator'));
    };
    const before = await placeMany({ buyers, count: seen, atOnce: 16, order, onAnswer });
    const bringBack = await taken;
    const after = await placeMany({ buyers, count: scenario.orders - seen, atOnce: 16, order });
    const placed = [...before.placed, ...after.placed];
    await untilNothingMoves();
    const waiting = await letHoursPass();
    scenario.say(`${waiting} charges have their answer waiting, and ${awayHours} hours have passed`);

    await bringBack?.();

    const ends = await proof.prove(scenario, placed, [
      ['charges whose answer waited', waiting],
      ['deadlines that had passed on its return', await linesOf(placed, 'deadline.passed')],
      ['compensations', await compensationsOf(placed)],
    ]);
    expect(waiting, 'charges whose answer waited').to.be.greaterThan(0);
    expect(countEnds(ends)).to.deep.equal({ confirmed: placed.length });
    expect(await compensationsOf(placed)).to.equal(0);
  }).timeout(scenario.timeoutMs);

  async function untilCharged(): Promise<void> {
    const isCharging = async () => (await readFacts(proof.databases)).openAttempts.length > 0;
    await waitFor('a charge is with the provider', isCharging, 30_000);
  }

  /** The participants have done what they were told, the relay has published what they say, and only the orchestrator is missing. */
  async function untilNothingMoves(): Promise<void> {
    await waitFor(
      'nothing moves',
      async () => {
        const { openAttempts, outboxes } = await readFacts(proof.databases);
        return openAttempts.length === 0 && outboxes.every(({ waiting }) => waiting === 0);
      },
      120_000,
      250,
    );
  }

  /**
   * Of those whose charge has succeeded the last attempt is spent as well: only the rule that a late timer proves nothing stands
   * between them and going back. Returns their number.
   */
  async function letHoursPass(): Promise<number> {
    const held: { order_id: number }[] = await proof.databases
      .payments_db('payments')
      .where({ state: 'authorized' })
      .select('order_id');
    const past = (column: string) => `${column} = ${column} - interval '${awayHours} hours'`;
    const { rowCount } = await sagas.raw<{ rowCount: number }>(
      `UPDATE saga_steps SET spent = 4
       WHERE state = 'in_flight' AND step = 'charge-payment'
         AND saga_id IN (SELECT id FROM sagas WHERE type = 'place-order' AND order_id = ANY (?::int[]))`,
      [held.map(({ order_id }) => order_id)],
    );
    await sagas.raw(`UPDATE sagas SET ${past('next_wakeup_at')} WHERE ended_at IS NULL`);
    await sagas.raw(
      `UPDATE saga_steps SET ${past('wake_at')}, ${past('first_sent_at')}, ${past('last_sent_at')} WHERE state = 'in_flight'`,
    );
    return rowCount;
  }

  async function compensationsOf(placed: readonly PlacedOrder[]): Promise<number> {
    const rows: object[] = await sagas('saga_steps')
      .whereIn('saga_id', idsOf(placed))
      .whereNot({ direction: 'forward' })
      .select('saga_id');
    return rows.length;
  }

  async function linesOf(placed: readonly PlacedOrder[], kind: string): Promise<number> {
    const rows: object[] = await sagas('saga_events').whereIn('saga_id', idsOf(placed)).where({ kind }).select('seq');
    return rows.length;
  }
});

function idsOf(placed: readonly PlacedOrder[]): string[] {
  return placed.map(({ sagaId }) => sagaId);
}
