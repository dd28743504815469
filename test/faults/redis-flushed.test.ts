import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import type { AuditDatabases } from '@sagacity/audit/read-facts';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis } from '@sagacity/chassis/redis/client';
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
import { untilClean } from './until-clean.ts';

const rounds = 5;
const ordersPerRound = 8;

describe('a Redis that forgets', () => {
  const redis = createRedis({ url: setting('TEST_REDIS_URL'), connectionName: 'faults', logger: silentLogger });
  let databases: AuditDatabases;
  let admin: Customer;
  let customer: Customer;
  before(async () => {
    await redis.connect();
    databases = openDatabases(setting('AUDIT_DATABASE_URLS'));
    admin = await logInAsAdmin();
    customer = await newCustomer();
  });
  after(async () => {
    redis.disconnect();
    await closeDatabases(databases);
  });

  it('G10: flushed and cut off from its clients while orders are under way costs no order its end, and sells nothing twice', async () => {
    const productId = await newProduct(admin, rounds * 4);
    const accepted: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const placing = Array.from({ length: ordersPerRound }, () => placeOrder(customer, { productId }));
      await redis.flushall();
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const answers = await Promise.all(placing);
      for (const { status } of answers) expect(status).to.be.oneOf([201, 409, 502, 503, 504]);
      accepted.push(...answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
      await untilServed(productId);
    }

    const orders = await Promise.all(accepted.map((id) => untilSettled(customer, id, 60_000)));

    const confirmed = orders.filter(({ status }) => status === 'confirmed').length;
    expect(confirmed).to.be.within(1, rounds * 4);
    expect(orders.filter(({ status }) => status === 'rejected')).to.have.lengthOf(orders.length - confirmed);
    await untilClean(databases);
  }).timeout(180_000);

  /** Instances announce themselves again, and the gateway finds them. */
  function untilServed(productId: number): Promise<true> {
    return waitFor(
      'the shop answers again',
      async () => (await customer.call('GET', `/products/${productId}`)).status === 200,
      30_000,
    );
  }
});
