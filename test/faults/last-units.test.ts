import { expect } from 'chai';
import { logInAsAdmin, newProduct, stockOf } from '../e2e/shop.ts';
import { newCustomers, placeMany } from './load.ts';
import { countEnds, openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

const units = 10;

describe('the last ten units', () => {
  const scenario = openScenario('100 buyers of the last 10 units', { test: 100, chaos: 100, isFixed: true });
  const proof = openProof();
  after(() => proof.close());

  it('are sold to ten of a hundred who order at the same moment, and to nobody else', async () => {
    const admin = await logInAsAdmin();
    const productId = await newProduct(admin, units);
    const buyers = await newCustomers(5);

    const { placed, refused } = await placeMany({
      buyers,
      count: scenario.orders,
      atOnce: scenario.orders,
      order: () => ({ productId }),
    });

    const atOnce = refused['order.out_of_stock'] ?? 0;
    const ends = await proof.prove(scenario, placed, [['409 out_of_stock at once', atOnce]]);
    const { confirmed = 0, rejected = 0 } = countEnds(ends);
    expect([confirmed, rejected + atOnce]).to.deep.equal([units, scenario.orders - units]);
    for (const { status, reason } of ends.values()) if (status === 'rejected') expect(reason).to.match(/stock/);
    expect(await stockOf(admin, productId)).to.deep.equal({ onHand: 0, available: 0 });
  }).timeout(scenario.timeoutMs);
});
