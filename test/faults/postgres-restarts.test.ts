import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { closedGate } from './order-gate.ts';
import { openOutage } from './outage.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';
import { areServersDurable, start, stop } from './servers.ts';

/** So many orders are answered between two restarts, however fast the machine. */
const ordersBetween = { test: 12, chaos: 60 };

describe('PostgreSQL, restarted again and again under load,', () => {
  const scenario = openScenario('PostgreSQL restarted under load', { test: 48, chaos: 1_000 });
  const proof = openProof();
  const outage = openOutage(scenario);

  before(async function () {
    this.timeout(scenario.timeoutMs);
    await outage.start();
  });
  after(async function () {
    this.timeout(scenario.timeoutMs);
    await proof.close();
    await outage.close();
  });

  it('loses no order that was answered, and leaves none half done', async () => {
    let [restarts, crashes] = [0, 0];
    const between = scenario.isFullSize ? ordersBetween.chaos : ordersBetween.test;

    const gate = closedGate();

    const { placed, refused, retries } = await outage.run(async ({ answered, isOver }) => {
      while (!isOver()) {
        const from = answered();
        // Hardly more than it waits for, so that a quick machine is not done before the next restart.
        gate.upTo(from + between * 1.25);
        await waitFor('orders go through', () => isOver() || answered() >= from + between, scenario.timeoutMs, 50);
        if (isOver()) return;
        // These meet the restart.
        gate.upTo(answered() + between / 2);
        // At once, as at a power cut: only where what is committed is on the disk.
        const isCrash = areServersDurable() && scenario.random() < 0.5;
        await stop('postgres', isCrash ? 'SIGQUIT' : 'SIGINT');
        await start('postgres');
        restarts += 1;
        crashes += isCrash ? 1 : 0;
      }
    }, gate.pass);

    await proof.prove(scenario, placed, [
      ['refused at once', Object.values(refused).reduce((sum, count) => sum + count, 0)],
      ['calls that had to be repeated', retries],
      ['restarts', restarts],
      ['of those crashes', crashes],
    ]);
    expect(restarts).to.be.at.least(2);
  }).timeout(scenario.timeoutMs);
});
