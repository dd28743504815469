import { expect } from 'chai';
import { ShopClient } from '../demo/shop-client.ts';
import { runSmoke, smokeExitCode, smokeTable } from './run-smoke.ts';
import type { Smoke } from './smoke-client.ts';

describe('runSmoke', () => {
  const smoke: Smoke = {
    shop: new ShopClient('http://127.0.0.1:1'),
    admin: { email: 'a@example.com', password: 'none' },
    managementUrl: undefined,
    mailUrl: undefined,
  };
  const works = { title: 'works', run: async () => 'seen' };
  const fails = {
    title: 'fails',
    run: async () => {
      throw new Error('no such thing');
    },
  };
  const leftOut = { title: 'is left out', run: async () => undefined };

  it('tries every step, also after one that failed', async () => {
    const results = await runSmoke([fails, works, leftOut], smoke);

    expect(results.map(({ outcome, detail }) => [outcome, detail])).to.deep.equal([
      ['failed', 'no such thing'],
      ['passed', 'seen'],
      ['left out', 'no address was given'],
    ]);
  });

  it('counts in the last line what passed and failed, and neither for what was left out', async () => {
    const lines = smokeTable(await runSmoke([fails, works, leftOut], smoke)).split('\n');

    expect(lines.at(-1)).to.equal('1 passed, 1 failed');
    expect(lines[0]).to.match(/^failed +fails +\d+ ms {2}no such thing$/);
  });

  it('ends with 0 only when something passed and nothing failed', async () => {
    expect(smokeExitCode(await runSmoke([works, leftOut], smoke))).to.equal(0);
    expect(smokeExitCode(await runSmoke([works, fails], smoke))).to.equal(1);
    expect(smokeExitCode(await runSmoke([leftOut], smoke))).to.equal(1);
  });
});
