import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Customer, logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { newCustomers, placeMany } from '../faults/load.ts';
import { openScenario, type Scenario } from '../faults/scenario.ts';
import { type AuditRun, auditContainers, compose } from './compose.ts';
import { endsOf } from './ends-of.ts';

/** Orders come evenly, so that some are placed before the kill, some while the service is away and some after it. */
const betweenOrdersMs = 150;
const awayMs = 5_000;
const killAfter = 0.4;
const tokens = ['tok_approve', 'tok_approve', 'tok_approve', 'tok_decline'] as const;

for (const service of ['order-service', 'postgres', 'rabbitmq']) {
  describe(`${service}, killed under load and started again,`, () => {
    const scenario = openScenario(`${service} killed in containers`, { test: 100, chaos: 100 });

    it('costs no order its end: all that were answered 201 end, none twice, and the audit is clean', async () => {
      const shop = await openShop(scenario);
      const reached = Promise.withResolvers<void>();
      let answered = 0;

      const load = placeOrders(scenario, shop, (number) => {
        answered = number;
        if (answered >= scenario.orders * killAfter) reached.resolve();
      });
      await Promise.race([reached.promise, load]);
      const before = await kill(scenario, service, () => answered);
      await delay(awayMs);
      const away = answered - before;
      await compose('start', service);
      scenario.say(`${service} is started`);
      const { placed, refused, retries } = await load;

      const ends = await endsOf(placed);
      const audit = await untilClean();
      const others = (await ordersOf(shop.buyers)) - placed.length;
      scenario.table([
        ['answered before the kill', before],
        ['while it was away', away],
        ['after its start', answered - before - away],
        ['answered 201', placed.length],
        ...Object.entries(ends),
        ['refused at once', Object.values(refused).reduce((sum, count) => sum + count, 0)],
        ['made twice', others],
        ['calls that had to be repeated', retries],
        ['audit', audit.clean ? 'clean' : 'NOT CLEAN'],
      ]);
      scenario.report({ ends, clean: audit.clean });
      expect(audit.clean, audit.text).to.equal(true);
      expect(Object.keys(ends).filter((end) => end !== 'confirmed' && end !== 'rejected')).to.deep.equal([]);
      expect(others, 'orders that nobody was told of').to.equal(0);
      expect(answered - before, 'the kill came after the load').to.be.greaterThan(0);
      // Without RabbitMQ orders are taken, and their messages wait in the outbox.
      if (service === 'rabbitmq') expect(away, 'orders taken without RabbitMQ').to.be.greaterThan(0);
      else expect(retries, 'calls that failed').to.be.greaterThan(0);
    }).timeout(scenario.timeoutMs);
  });
}

/** Kills all instances of the service, and makes sure of it; the number of orders that were answered by then. */
async function kill(scenario: Scenario, service: string, answered: () => number): Promise<number> {
  await compose('kill', '-s', 'SIGKILL', service);
  const before = answered();
  scenario.say(`${service} is killed`);
  await waitFor(`${service} is away`, async () => (await compose('ps', '--quiet', service)) === '', 10_000);
  return before;
}

interface Shop {
  readonly buyers: readonly Customer[];
  readonly productId: number;
}

async function openShop({ orders }: Scenario): Promise<Shop> {
  return { productId: await newProduct(await logInAsAdmin(), orders), buyers: await newCustomers(4) };
}

function placeOrders(scenario: Scenario, { buyers, productId }: Shop, onAnswer: (answered: number) => void) {
  const since = performance.now();
  return placeMany({
    buyers,
    count: scenario.orders,
    atOnce: 8,
    gate: (index) => delay(Math.max(0, since + index * betweenOrdersMs - performance.now())),
    order: () => ({ productId, token: tokens[scenario.pick(tokens.length)] ?? 'tok_approve' }),
    onAnswer,
  });
}

/** What the kill has delayed may still be under way when the orders have ended: capture, stock, the last replies. */
async function untilClean(): Promise<AuditRun> {
  let audit: AuditRun = { clean: false, text: 'the audit did not run' };
  const isClean = async () => {
    audit = await auditContainers();
    return audit.clean;
  };
  // The last report tells more than that it took too long.
  await waitFor('the audit is clean', isClean, 60_000, 500).catch(() => undefined);
  return audit;
}

async function ordersOf(buyers: readonly Customer[]): Promise<number> {
  const answers = await Promise.all(buyers.map((buyer) => buyer.call('GET', '/orders?limit=1')));
  return answers.reduce((sum, { body }) => sum + body.total, 0);
}
