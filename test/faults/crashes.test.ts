import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import type { AuditDatabases } from '@sagacity/audit/read-facts';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import {
  type Customer,
  logInAsAdmin,
  newCustomer,
  newProduct,
  placeOrder,
  setting,
  untilSettled,
} from '../e2e/shop.ts';
import { kill, processState, untilRestarted } from './processes.ts';
import { untilClean } from './until-clean.ts';

const killed = ['saga-orchestrator', 'order-service', 'product-service', 'payment-service', 'outbox-relay'] as const;
/** In turn, so that each run is the same: most orders go through, some are declined, one takes its time. */
const tokens = ['tok_approve', 'tok_approve', 'tok_decline', 'tok_approve', 'tok_unavailable'] as const;
const ordersPerCrash = 40;

describe('an order survives the crash of', () => {
  let admin: Customer;
  let customer: Customer;
  let databases: AuditDatabases;

  before(async () => {
    admin = await logInAsAdmin();
    customer = await newCustomer();
    databases = openDatabases(setting('AUDIT_DATABASE_URLS'));
  });
  after(() => closeDatabases(databases));

  for (const name of killed) {
    it(`${name} in the middle of ${ordersPerCrash} orders`, async () => {
      const productId = await newProduct(admin, 20);
      const { restarts } = processState(name);
      const accepted: number[] = [];
      for (let placed = 0; placed < ordersPerCrash; placed += 8) {
        if (placed === 16) kill(name);
        accepted.push(...(await placeSome(productId, 8)));
      }
      await untilRestarted(name, restarts);
      const orders = await Promise.all(accepted.map((id) => untilSettled(customer, id, 90_000)));
      const statuses = new Set(orders.map(({ status }) => status));
      expect([...statuses].every((status) => status === 'confirmed' || status === 'rejected')).to.equal(true);
      expect(orders.filter(({ status }) => status === 'confirmed').length).to.be.within(1, 20);
      await untilClean(databases);
    }).timeout(180_000);
  }

  it('none of them, while customers cancel their orders', async () => {
    const productId = await newProduct(admin, 100);
    const ids = [...(await placeSome(productId, 8)), ...(await placeSome(productId, 8))];
    const answers = await Promise.all(ids.map((id) => customer.call('POST', `/orders/${id}/cancel`, { body: {} })));
    expect(answers.every(({ status }) => status === 202 || status === 200)).to.equal(true);
    const orders = await Promise.all(ids.map((id) => untilEnded(id)));
    for (const { status } of orders) expect(status).to.be.oneOf(['cancelled', 'rejected']);
    await untilClean(databases);
  }).timeout(120_000);

  /** Places orders side by side; returns those that were accepted. What was not accepted may be tried again by its customer. */
  async function placeSome(productId: number, count: number): Promise<number[]> {
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        placeOrder(customer, { productId, token: tokens[n % tokens.length] ?? '' }),
      ),
    );
    for (const { status } of answers) expect(status).to.be.oneOf([201, 409, 502, 503, 504]);
    return answers.filter(({ status }) => status === 201).map(({ body }) => body.id);
  }

  function untilEnded(id: number) {
    return waitFor(
      `order ${id} has ended`,
      async () => {
        const { body } = await customer.call('GET', `/orders/${id}`);
        return ['cancelled', 'rejected'].includes(body.status) && body;
      },
      60_000,
    );
  }
});
