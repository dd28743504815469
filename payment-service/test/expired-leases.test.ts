import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import type { PaymentProvider } from '../src/providers/provider.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

describe('leases of attempts', () => {
  let fixture: DirectFixture;
  beforeEach(async () => {
    fixture = await startDirect();
  });
  afterEach(() => fixture.stop());

  it('G10: that end while the provider is still being called let five processes send the same: the money moves once and is told of once', async () => {
    const orderIds = Array.from({ length: 3 }, (_, n) => 700 + n);
    // Each send reaches the provider long after its lease is over, so others ask, find nothing and send as well.
    const slow: PaymentProvider = { ...fixture.sandbox };
    for (const operation of ['authorise', 'capture', 'void', 'refund'] as const) {
      slow[operation] = async (request, signal) => {
        await delay(400);
        return fixture.sandbox[operation](request, signal);
      };
    }
    const options = { providers: new Map([['sandbox', slow]]), leaseMs: 200 };
    const instances = Array.from({ length: 5 }, () => fixture.instance(options));
    await Promise.all(instances.map(({ runner }) => runner.start()));
    const [first] = instances as [(typeof instances)[number]];

    for (const command of ['charge', 'capture', 'refund'] as const) {
      for (const orderId of orderIds) await fixture.handle(first, { command, orderId });
      for (const orderId of orderIds) await untilReplies(orderId, { charge: 1, capture: 2, refund: 3 }[command]);
    }
    const sends = await Promise.all(orderIds.map(async (orderId) => (await fixture.books(orderId)).sends));
    expect(Math.max(...sends), 'somebody sent what another one was sending').to.be.greaterThan(3);
    await Promise.all(instances.map(({ runner }) => runner.stop()));

    for (const orderId of orderIds) {
      const view = await fixture.view(orderId);
      expect(view.replies.map(({ outcome }) => outcome)).to.deep.equal(['done', 'done', 'done']);
      expect(view.events).to.deep.equal(['payment.authorized', 'payment.captured', 'payment.refunded']);
      expect(view.attempted).to.deep.equal(['authorise succeeded', 'capture succeeded', 'refund succeeded']);
      expect(await fixture.books(orderId)).to.include({ held: 0, captured: total, refunded: total, charges: 1 });
    }
    expect(fixture.anomalies).to.deep.equal([]);
  }).timeout(60_000);

  function untilReplies(orderId: number, count: number): Promise<View> {
    return waitFor(
      `${count} answers for order ${orderId}`,
      async () => {
        const view = await fixture.view(orderId);
        return view.replies.length >= count && view;
      },
      15_000,
    );
  }
});
