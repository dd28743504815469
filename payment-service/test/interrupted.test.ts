import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import type { ProviderAnswer } from '../src/domain/provider-answer.ts';
import type { PaymentProvider } from '../src/providers/provider.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';
import type { View } from './views.ts';

const total = 5998;

describe('interrupted between its transactions', () => {
  let fixture: DirectFixture;
  let orders = 500;

  beforeEach(async () => {
    fixture = await startDirect();
  });
  afterEach(() => fixture.stop());

  const nextOrder = () => {
    orders += 1;
    return orders;
  };
  const until = (what: string, orderId: number, condition: (view: View) => boolean) =>
    waitFor(what, async () => {
      const view = await fixture.view(orderId);
      return condition(view) && view;
    });

  it('M11: dead after the attempt was committed and before the call: another process asks, and sends it once', async () => {
    const orderId = nextOrder();
    await fixture.handle(fixture.dyingInstance(), { command: 'charge', orderId });
    expect((await fixture.view(orderId)).attempted).to.deep.equal(['authorise pending']);
    expect(await fixture.books(orderId)).to.include({ charges: 0, sends: 0 });

    await fixture.instance().runner.start();
    const view = await until('answered', orderId, ({ replies }) => replies.length === 1);

    expect(view.replies[0]?.outcome).to.equal('done');
    expect(view.attempted).to.deep.equal(['authorise succeeded']);
    expect(await fixture.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
  });

  it('M11: dead after the money moved and before it was written down: another process asks, and sends nothing', async () => {
    const orderId = nextOrder();
    await fixture.handle(fixture.dyingInstance(), { command: 'charge', orderId });
    const key = (await fixture.view(orderId)).attempts[0]?.provider_key as string;
    await fixture.sandbox.authorise(requestOf(orderId, key), AbortSignal.timeout(1_000));
    expect(await fixture.books(orderId)).to.include({ held: total, sends: 1 });

    await fixture.instance().runner.start();
    const view = await until('answered', orderId, ({ replies }) => replies.length === 1);

    expect(view.payments[0]?.state).to.equal('authorized');
    expect(view.attempted).to.deep.equal(['authorise succeeded']);
    expect(await fixture.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
  });

  it('M11: a process that was taken for dead and comes back with its answer finds it settled', async () => {
    const orderId = nextOrder();
    const { promise: held, resolve: wakeUp } = Promise.withResolvers<void>();
    const sleepy = withAnswers(fixture.sandbox, {
      authorise: async (request, signal) => {
        const answer = await fixture.sandbox.authorise(request, signal);
        await held;
        return answer;
      },
    });
    const sleeping = fixture.instance({ providers: new Map([['sandbox', sleepy]]), timeoutMs: 20_000 });
    await fixture.handle(sleeping, { command: 'charge', orderId });
    await waitFor('the money moved', async () => (await fixture.books(orderId)).held === total);
    await fixture.instance().runner.start();
    const settled = await until('settled by the other one', orderId, ({ replies }) => replies.length === 1);

    wakeUp();
    await sleeping.runner.stop();

    expect(await fixture.view(orderId)).to.deep.equal(settled);
    expect(await fixture.books(orderId)).to.include({ charges: 1, sends: 1 });
  });

  it('M11: five processes that look for due attempts at once take each of them once', async () => {
    const orderIds = Array.from({ length: 20 }, nextOrder);
    const dying = fixture.dyingInstance();
    for (const orderId of orderIds) await fixture.handle(dying, { command: 'charge', orderId });
    await waitFor('all are due', async () => {
      const [row] = await fixture.database
        .db('payment_attempts')
        .whereRaw('next_attempt_at > clock_timestamp()')
        .count();
      return Number(row?.count) === 0;
    });

    const runners = Array.from({ length: 5 }, () => fixture.instance({ leaseMs: 10_000 }).runner);
    await Promise.all(runners.map((runner) => runner.start()));

    for (const orderId of orderIds) {
      const view = await until('answered', orderId, ({ replies }) => replies.length === 1);
      expect(view.attempts[0]?.calls).to.equal(2);
      expect(await fixture.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
    }
  });

  it('G15: when the outbox cannot be written nothing is written down, and the provider is asked again later', async () => {
    const orderId = nextOrder();
    await fixture.database.runAsAdmin('ALTER TABLE outbox ADD CONSTRAINT nothing_goes CHECK (false) NOT VALID');
    const instance = fixture.instance();
    await fixture.handle(instance, { command: 'charge', orderId });
    await waitFor('the money moved', async () => (await fixture.books(orderId)).held === total);
    await instance.runner.stop();
    const torn = await fixture.view(orderId);
    expect([torn.payments[0]?.state, torn.attempted, torn.events, torn.replies]).to.deep.equal([
      'created',
      ['authorise pending'],
      [],
      [],
    ]);

    await fixture.database.runAsAdmin('ALTER TABLE outbox DROP CONSTRAINT nothing_goes');
    await fixture.instance().runner.start();
    const view = await until('answered', orderId, ({ replies }) => replies.length === 1);

    expect(view.payments[0]?.state).to.equal('authorized');
    expect(view.events).to.deep.equal(['payment.authorized']);
    expect(await fixture.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
  });

  it('G15: when a refusal cannot be told, the command is not remembered: it may come again', async () => {
    const orderId = nextOrder();
    const instance = fixture.instance();
    await fixture.database.runAsAdmin('ALTER TABLE outbox ADD CONSTRAINT nothing_goes CHECK (false) NOT VALID');
    const failed = await fixture.handle(instance, { command: 'refund', orderId }).then(
      () => 'committed',
      () => 'rolled back',
    );
    await fixture.database.runAsAdmin('ALTER TABLE outbox DROP CONSTRAINT nothing_goes');

    expect(failed).to.equal('rolled back');
    await fixture.handle(instance, { command: 'refund', orderId });
    expect((await fixture.view(orderId)).replies.map(({ outcome }) => outcome)).to.deep.equal(['done']);
  });

  it('M9: a hold of another amount is given back, the charge refused, and operators hear of it', async () => {
    for (const wrong of [{ amountCents: 59_98_00 }, { amountCents: 5_997 }, { currency: 'USD' }]) {
      const orderId = nextOrder();
      const provider = withAnswers(fixture.sandbox, {
        authorise: async (request, signal) =>
          ({ ...(await fixture.sandbox.authorise(request, signal)), ...wrong }) as ProviderAnswer,
      });
      const instance = fixture.instance({ providers: new Map([['sandbox', provider]]) });
      await instance.runner.start();

      await fixture.handle(instance, { command: 'charge', orderId });
      const view = await until('voided', orderId, ({ payments: [payment] }) => payment?.state === 'voided');

      expect(view.replies.map(({ code }) => code)).to.deep.equal(['payment.amount_mismatch']);
      expect(view.events).to.deep.equal(['payment.failed', 'payment.voided']);
      expect(fixture.anomalies).to.include('amount_mismatch');
      expect(await fixture.books(orderId)).to.include({ held: 0, captured: 0 });
      await instance.runner.stop();
    }
  });

  it('M9: a capture of another amount is not believed until the provider says the right one', async () => {
    const orderId = nextOrder();
    const provider = withAnswers(fixture.sandbox, {
      capture: async (request, signal) =>
        ({ ...(await fixture.sandbox.capture(request, signal)), amountCents: 5_998_00 }) as ProviderAnswer,
    });
    const instance = fixture.instance({
      providers: new Map([['sandbox', provider]]),
      backoff: { minMs: 300, maxMs: 300 },
    });
    await instance.runner.start();
    await fixture.handle(instance, { command: 'charge', orderId });
    await until('charged', orderId, ({ replies }) => replies.length === 1);

    await fixture.handle(instance, { command: 'capture', orderId });
    const doubted = await until('doubted', orderId, ({ attempted }) => attempted[1] === 'capture unknown');
    expect(doubted.payments[0]).to.include({ state: 'authorized', captured_cents: 0 });
    expect(doubted.attempts[1]?.error_code).to.equal('payment.amount_mismatch');

    const view = await until('captured', orderId, ({ replies }) => replies.length === 2);
    expect(view.payments[0]).to.include({ state: 'captured', captured_cents: total });
    expect(await fixture.books(orderId)).to.include({ captured: total, sends: 2 });
  });

  it('M8: a payment without an answer is not given up when its time is over: the provider is asked, and its word counts', async () => {
    const orderId = nextOrder();
    const deadline = new Date(Date.now() + 1_000);
    await fixture.handle(fixture.dyingInstance(), { command: 'charge', orderId, deadline });
    const key = (await fixture.view(orderId)).attempts[0]?.provider_key as string;
    await fixture.sandbox.authorise(requestOf(orderId, key), AbortSignal.timeout(1_000));
    await waitFor('the time is over', () => Date.now() > deadline.getTime());

    await fixture.instance().runner.start();
    const view = await until('answered', orderId, ({ replies }) => replies.length === 1);

    expect(view.replies[0]?.outcome).to.equal('done');
    expect(view.payments[0]?.state).to.equal('authorized');
    expect(await fixture.books(orderId)).to.include({ held: total, charges: 1, sends: 1 });
  });

  it('M2: the provider is called only when others can see the attempt, and never for a transaction that rolls back', async () => {
    const orderId = nextOrder();
    const seen: number[] = [];
    const watched = withAnswers(fixture.sandbox, {
      authorise: async (request, signal) => {
        seen.push((await fixture.view(request.orderId)).attempts.length);
        return fixture.sandbox.authorise(request, signal);
      },
    });
    const instance = fixture.instance({ providers: new Map([['sandbox', watched]]) });
    const rollBack = async () => {
      throw new Error('the database is gone');
    };

    const failed = await fixture.handle(instance, { command: 'charge', orderId }, { handled: rollBack }).then(
      () => 'committed',
      () => 'rolled back',
    );
    await instance.runner.stop();
    expect([failed, seen]).to.deep.equal(['rolled back', []]);
    expect(await fixture.books(orderId)).to.include({ charges: 0, sends: 0 });

    await fixture.handle(instance, { command: 'charge', orderId });
    await until('answered', orderId, ({ replies }) => replies.length === 1);
    expect(seen).to.deep.equal([1]);
  });
});

function withAnswers(provider: PaymentProvider, overrides: Partial<PaymentProvider>): PaymentProvider {
  return { ...provider, ...overrides };
}

function requestOf(orderId: number, key: string) {
  return { key, orderId, token: 'tok_approve', reference: null, amountCents: total, currency: 'EUR' };
}
