import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type PaymentFixture, startPayments } from './payment-fixture.ts';
import type { View } from './views.ts';

const total = 5998;
const timeoutMs = 1_000;

describe('a payment service that is killed', () => {
  let payments: PaymentFixture;
  const processes: ChildProcess[] = [];

  before(async () => {
    payments = await startPayments({ PAYMENT_PROVIDER_TIMEOUT_MS: String(timeoutMs), SANDBOX_SLOW_MS: '900' });
    await payments.stopService();
  });
  after(async () => {
    for (const child of processes) await kill(child);
    await payments.stop();
  });

  const run = () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
      env: { ...process.env, ...payments.environment },
      stdio: 'ignore',
    });
    processes.push(child);
    return child;
  };
  const until = (what: string, orderId: number, condition: (view: View) => boolean) =>
    waitFor(
      what,
      async () => {
        const view = await payments.view(orderId);
        return condition(view) && view;
      },
      20_000,
    );

  it('M11: leaves attempts that the next one asks about: every command is answered, and money moved once for each', async () => {
    const slow = [701, 702, 703];
    const first = run();
    for (const orderId of slow) await payments.send({ command: 'charge', orderId, token: 'tok_slow' });
    for (const orderId of slow) {
      await waitFor('the money is held', async () => (await payments.books(orderId)).held === total, 20_000);
    }
    await kill(first);
    for (const orderId of slow) expect((await payments.view(orderId)).replies).to.deep.equal([]);

    run();
    for (const orderId of slow) {
      const view = await until('answered', orderId, ({ replies }) => replies.length === 1);
      expect(view.replies[0]?.outcome).to.equal('done');
      expect(view.events).to.deep.equal(['payment.authorized']);
      expect(await payments.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
    }
  }).timeout(90_000);

  it('M11: killed again and again while orders come in: all of them end held once, and answered', async () => {
    const orderIds = Array.from({ length: 60 }, (_, index) => 710 + index);
    let current = processes.at(-1) as ChildProcess;

    for (const [index, orderId] of orderIds.entries()) {
      await payments.send({ command: 'charge', orderId });
      if (index % 20 !== 19) continue;
      await waitFor(
        'some are under way',
        async () => (await payments.view(orderId - 10)).payments.length === 1,
        20_000,
      );
      await kill(current);
      current = run();
    }

    for (const orderId of orderIds) {
      const view = await until(`order ${orderId} answered`, orderId, ({ replies }) => replies.length >= 1);
      expect(new Set(view.replies.map(({ outcome }) => outcome))).to.deep.equal(new Set(['done']));
      expect(view.attempted).to.deep.equal(['authorise succeeded']);
      expect(view.events).to.deep.equal(['payment.authorized']);
      expect(await payments.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
    }
  }).timeout(90_000);
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
