import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import type { ProviderAnswer } from '../src/domain/provider-answer.ts';
import { signatureHeader, signWebhook } from '../src/providers/sandbox/webhook-signature.ts';
import { requestRefund } from '../src/use-cases/request-refund.ts';
import { settleReports } from '../src/use-cases/settle-reports.ts';
import { takeWebhook } from '../src/use-cases/take-webhook.ts';
import { type DirectFixture, startDirect } from './direct-fixture.ts';

const total = 5998;

describe('two transactions for one payment at once', () => {
  let fixture: DirectFixture;
  let orders = 800;

  before(async () => {
    fixture = await startDirect();
  });
  after(() => fixture.stop());

  const nextOrder = () => {
    orders += 1;
    return orders;
  };
  const latestAttempt = async (orderId: number) => {
    const { attempts } = await fixture.view(orderId);
    return attempts.at(-1) as unknown as { id: number; provider_key: string; operation: string };
  };
  const deps = () => fixture.dyingInstance().deps;
  const settle = (attemptId: number, meanwhile: () => Promise<void> = async () => undefined) => {
    const work = async (trx: Trx) => {
      const answer: ProviderAnswer = {
        kind: 'succeeded',
        reference: `ch_${orders}`,
        amountCents: total,
        currency: 'EUR',
      };
      const verdicts = await settleReports(trx, deps(), [{ attemptId, answer }]);
      await meanwhile();
      return verdicts[0];
    };
    return inTransaction(fixture.database.db, work, { attempts: 1 });
  };
  const tell = ({ provider_key, operation }: { provider_key: string; operation: string }) => {
    const data = {
      idempotency_key: provider_key,
      reference: `ch_${orders}`,
      amount: total,
      currency: 'EUR',
      outcome: 'moved',
    };
    const body = Buffer.from(JSON.stringify({ id: `evt_${provider_key}`, type: `${operation}.moved`, data }));
    const signature = signWebhook('a webhook secret for tests', body, new Date());
    return takeWebhook(deps(), 'sandbox', {
      body,
      header: (name) => (name === signatureHeader ? signature : undefined),
      receivedAt: new Date(),
    });
  };
  const somebodyWaits = async () => {
    await waitFor('somebody waits for a lock', async () => {
      const { rows } = await fixture.database.db.raw(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
  };
  /** Runs a webhook while the same answer is written down and not committed; both must end well. */
  const answerAndWebhook = async (orderId: number) => {
    const attempt = await latestAttempt(orderId);
    let webhook: Promise<string> = Promise.resolve('');
    const answered = await settle(attempt.id, async () => {
      webhook = tell(attempt);
      // Looked at below; until then it must not count as unhandled.
      webhook.catch(() => undefined);
      await somebodyWaits();
    });
    return [answered, await webhook];
  };
  const captured = async (orderId: number) => {
    const dying = { deps: deps() };
    await fixture.handle(dying, { command: 'charge', orderId });
    await settle((await latestAttempt(orderId)).id);
    await fixture.handle(dying, { command: 'capture', orderId });
    await settle((await latestAttempt(orderId)).id);
    return (await fixture.view(orderId)).payments[0]?.id as number;
  };

  it('M3: a webhook waits for the answer that is being written down, and then has nothing to tell', async () => {
    const orderId = nextOrder();
    await fixture.handle({ deps: deps() }, { command: 'charge', orderId });

    expect(await answerAndWebhook(orderId)).to.deep.equal(['applied', 'late']);

    const view = await fixture.view(orderId);
    expect(view.events).to.deep.equal(['payment.authorized']);
    expect(view.replies).to.have.length(1);
  });

  it('M3: so does one that tells of a refund, for which no command waits', async () => {
    const orderId = nextOrder();
    const paymentId = await captured(orderId);
    await requestRefund(deps(), {
      paymentId,
      amountCents: total,
      reason: 'returned',
      requestedBy: 1,
      key: 'once',
      traceparent: '',
    });

    expect(await answerAndWebhook(orderId)).to.deep.equal(['applied', 'late']);

    const view = await fixture.view(orderId);
    expect(view.payments[0]).to.include({ state: 'refunded', refunded_cents: total });
    expect(view.events).to.deep.equal(['payment.authorized', 'payment.captured', 'payment.refunded']);
  });

  it('a refund command that meets the answer of its charge waits or is waited for, and never ends in a deadlock', async () => {
    const orderId = nextOrder();
    await fixture.handle({ deps: deps() }, { command: 'charge', orderId });
    const attempt = await latestAttempt(orderId);
    let settling: Promise<unknown> = Promise.resolve();

    await fixture.handle(
      { deps: deps() },
      { command: 'refund', orderId },
      {
        claimed: async () => {
          settling = settle(attempt.id);
          settling.catch(() => undefined);
          await somebodyWaits();
        },
      },
    );
    await settling;

    const view = await fixture.view(orderId);
    expect(view.attempted).to.deep.equal(['authorise succeeded', 'void pending']);
    expect(view.payments[0]?.state).to.equal('authorized');
  });

  it('a capture that meets a void on its way opens nothing, and is answered with the void', async () => {
    const orderId = nextOrder();
    const dying = { deps: deps() };
    await fixture.handle(dying, { command: 'charge', orderId });
    await settle((await latestAttempt(orderId)).id);
    await fixture.handle(dying, { command: 'refund', orderId });

    await fixture.handle(dying, { command: 'capture', orderId });
    expect((await fixture.view(orderId)).attempted).to.deep.equal(['authorise succeeded', 'void pending']);

    await settle((await latestAttempt(orderId)).id);
    const view = await fixture.view(orderId);
    expect(view.payments[0]?.state).to.equal('voided');
    expect(view.replies.slice(1).map(({ result }) => result?.captured_amount ?? result?.outcome)).to.deep.equal([
      0,
      'voided',
    ]);
  });
});
