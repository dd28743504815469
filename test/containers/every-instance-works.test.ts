import { expect } from 'chai';
import { callGateway, logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { newCustomers, placeMany } from '../faults/load.ts';
import { openScenario } from '../faults/scenario.ts';
import { auditContainers, requestsOf } from './compose.ts';
import { endsOf } from './ends-of.ts';

const instances = { gateway: 2, 'product-service': 3, 'order-service': 2 };

describe('services that run more than once in containers', () => {
  const scenario = openScenario('every instance works', { test: 100, chaos: 100 });

  it('share the load: each instance takes requests', async () => {
    const productId = await newProduct(await logInAsAdmin(), scenario.orders);
    const buyers = await newCustomers(4);
    const before = await countRequests();

    const { placed } = await placeMany({ buyers, count: scenario.orders, atOnce: 8, order: () => ({ productId }) });
    await Promise.all(Array.from({ length: scenario.orders }, () => callGateway('GET', `/products/${productId}`)));
    const ends = await endsOf(placed);

    const after = await countRequests();
    const taken = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
    scenario.table([['instance', 'requests'], ...taken]);
    const { clean, text } = await auditContainers();
    scenario.report({ ends, clean });
    expect(clean, text).to.equal(true);
    for (const [service, number] of Object.entries(instances)) {
      const shares = taken.filter(([name]) => name.replace(/-\d+$/, '') === service);
      expect(shares, service).to.have.length(number);
      for (const [name, requests] of shares) expect(requests, name).to.be.greaterThan(0);
    }
  }).timeout(scenario.timeoutMs);
});

async function countRequests(): Promise<ReadonlyMap<string, number>> {
  const counts = await Promise.all(Object.keys(instances).map(requestsOf));
  return new Map(counts.flatMap((each) => [...each]));
}
