import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { PaymentProvider } from '../src/providers/provider.ts';
import { listPaymentsOfOrder } from '../src/queries/read-payments.ts';
import { refusalGauges } from '../src/worker/refusal-gauges.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';
import type { View } from './views.ts';

const total = 5998;
const orderId = 901;
const admin = { userId: 1, roles: ['admin'], sessionId: 'session' };

describe('a capture that the provider refuses', () => {
  let fixture: DirectFixture;
  beforeEach(async () => {
    fixture = await startDirect();
  });
  afterEach(() => fixture.stop());

  it('G8: is asked for until it is accepted, and shows meanwhile: to the saga, on the payment and in the metrics', async () => {
    let refuses = true;
    const providers = new Map([['sandbox', refusing(fixture.sandbox, () => refuses)]]);
    const instance = fixture.instance({ providers });
    await instance.runner.start();
    const registry = new Registry();
    refusalGauges(registry, fixture.database.db);
    await fixture.handle(instance, { command: 'charge', orderId });
    await until('held', ({ replies }) => replies.length === 1);

    await fixture.handle(instance, { command: 'capture', orderId });
    const refused = await until('refused three times', ({ attempts }) => refusalsIn(attempts) >= 3);

    expect(refused.payments[0]).to.include({ state: 'authorized', captured_cents: 0 });
    expect(refused.troubles.map(({ type, code }) => [type, code])).to.deep.equal([
      ['place-order.capture-payment.transient', 'provider.frozen'],
    ]);
    const [payment] = await listPaymentsOfOrder(fixture.database.db, admin, orderId);
    expect(payment?.attention).to.include({ operation: 'capture', code: 'provider.frozen' });
    expect(payment?.attention?.refused).to.be.greaterThan(2);
    expect(await registry.metrics()).to.match(/payment_refused_waiting\{operation="capture"\} 1/);
    expect(await registry.metrics()).not.to.match(/payment_refused_oldest_seconds\{operation="capture"\} 0$/m);
    expect(new Set(fixture.anomalies)).to.deep.equal(new Set(['refused']));

    await fixture.handle(instance, { command: 'capture', orderId, attempt: 2 });
    const told = await until('the second command is told as well', ({ troubles }) => troubles.length === 2);
    expect(told.troubles[1]?.saga.attempt).to.equal(2);

    refuses = false;
    const captured = await until('captured', ({ replies }) => replies.length === 2);
    expect(captured.replies[1]).to.include({ type: 'place-order.capture-payment.done' });
    expect(captured.replies[1]?.saga.attempt).to.equal(2);
    expect(await fixture.books(orderId)).to.include({ captured: total, charges: 1 });
    const [after] = await listPaymentsOfOrder(fixture.database.db, admin, orderId);
    expect(after?.attention).to.equal(null);
    expect(await registry.metrics()).to.match(/payment_refused_waiting\{operation="capture"\} 0/);
  });

  function until(what: string, condition: (view: View) => boolean): Promise<View> {
    return waitFor(
      what,
      async () => {
        const view = await fixture.view(orderId);
        return condition(view) && view;
      },
      15_000,
    );
  }
});

function refusalsIn(attempts: View['attempts']): number {
  return attempts.filter(({ operation, state }) => operation === 'capture' && state === 'refused').length;
}

function refusing(provider: PaymentProvider, refuses: () => boolean): PaymentProvider {
  const refusal = { kind: 'refused', code: 'provider.frozen', detail: 'The account is frozen.' } as const;
  return {
    ...provider,
    capture: (request, signal) => (refuses() ? Promise.resolve(refusal) : provider.capture(request, signal)),
  };
}
