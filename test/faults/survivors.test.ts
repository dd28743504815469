import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Customer, logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { newCustomers, placeMany } from './load.ts';
import { type Copy, kill, processState, startCopy, untilReady, untilRestarted } from './processes.ts';
import { countEnds, openProof } from './proof.ts';
import { openScenario, type Scenario } from './scenario.ts';

const atOnce = 16;
/** The timeouts of all steps of a saga, one after the other: whatever waits for an answer has asked again by then. */
const patienceMs = 60_000;

describe('two orchestrators', () => {
  const scenario = openScenario('one of two orchestrators killed for good', { test: 40, chaos: 200 });
  const proof = openProof();
  let copy: Copy | undefined;
  after(async () => {
    if (copy?.isRunning()) await copy.stop();
    await proof.close();
  });

  it('need not wait for the one that is killed and never comes back', async () => {
    const { buyers, productId } = await prepare(scenario);
    const second = await startCopy('saga-orchestrator');
    copy = second;
    let killed: Promise<void> | undefined;
    let share = 0;
    const { placed } = await placeMany({
      buyers,
      count: scenario.orders,
      atOnce,
      order: () => ({ productId }),
      onAnswer: (answered) => {
        if (answered !== Math.floor(scenario.orders / 2)) return;
        const begun = waitFor('the second orchestrator has begun a saga', () => sagasStartedBy(second));
        killed = begun.then((started) => {
          share = started;
          scenario.say(`the second orchestrator has begun ${started} sagas, and is killed`);
          return second.kill();
        });
      },
    });
    await killed;
    const since = performance.now();
    const ends = await proof.untilEnded(placed);
    const lastEndMs = performance.now() - since;

    await proof.prove(scenario, placed, [
      ['sagas begun by the killed one', share],
      ['seconds from its death to the last end', Number((lastEndMs / 1_000).toFixed(1))],
    ]);
    expect(share, 'sagas that the second one began before it was killed').to.be.greaterThan(0);
    expect(second.isRunning()).to.equal(false);
    expect(countEnds(ends)).to.deep.equal({ confirmed: placed.length });
    expect(lastEndMs).to.be.lessThan(patienceMs);
  }).timeout(scenario.timeoutMs);
});

describe('two relays', () => {
  const scenario = openScenario('two relays killed in turn', { test: 40, chaos: 200 });
  const proof = openProof();
  let copy: Copy | undefined;
  after(async () => {
    if (copy?.isRunning()) await copy.stop();
    await untilReady('outbox-relay');
    await proof.close();
  });

  it('lose and reorder nothing while they are killed in turn', async () => {
    const { buyers, productId } = await prepare(scenario);
    copy = await startCopy('outbox-relay');
    const kills = scenario.isFullSize ? 6 : 2;
    let work: Promise<void> = Promise.resolve();
    let done = 0;
    const { placed } = await placeMany({
      buyers,
      count: scenario.orders,
      atOnce,
      order: () => ({ productId }),
      onAnswer: (answered) => {
        if (answered % Math.ceil(scenario.orders / (kills + 1)) !== 0) return;
        const turn = done;
        done += 1;
        work = work.then(() => killOne(turn));
      },
    });
    await work;

    const ends = await proof.prove(scenario, placed, [['relays killed', done]]);
    expect(done).to.be.at.least(2);
    expect(countEnds(ends)).to.deep.equal({ confirmed: placed.length });
  }).timeout(scenario.timeoutMs);

  async function killOne(turn: number): Promise<void> {
    if (turn % 2 === 0) {
      await copy?.kill();
      copy = await startCopy('outbox-relay');
    } else {
      const { restarts } = processState('outbox-relay');
      kill('outbox-relay');
      await untilRestarted('outbox-relay', restarts);
      await untilReady('outbox-relay');
    }
    scenario.say(`the ${turn % 2 === 0 ? 'second' : 'first'} relay was killed and is back`);
  }
});

async function prepare({ orders }: Scenario): Promise<{ buyers: Customer[]; productId: number }> {
  const admin = await logInAsAdmin();
  return { buyers: await newCustomers(4), productId: await newProduct(admin, orders) };
}

async function sagasStartedBy({ url }: Copy): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^saga_started_total\{type="place-order".*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
