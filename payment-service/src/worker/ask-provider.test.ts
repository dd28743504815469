import { expect } from 'chai';
import { succeeded } from '../../test/examples.ts';
import type { StatusAnswer } from '../domain/provider-answer.ts';
import type { AttemptCall } from '../persistence/attempts.ts';
import type { PaymentProvider } from '../providers/provider.ts';
import { askProvider, callProvider } from './ask-provider.ts';

describe('asking a provider', () => {
  it('M11: asks about an attempt and does not send it again when the provider knows of it', async () => {
    const { provider, calls } = providerThat({ status: async () => succeeded() });

    expect(await askProvider(provider, call, 1_000)).to.deep.equal(succeeded());
    expect(calls).to.deep.equal(['status key-1']);
  });

  it('sends it under the same key when the provider knows nothing of it', async () => {
    const { provider, calls } = providerThat({ status: async () => ({ kind: 'not_found' }) });

    expect(await askProvider(provider, call, 1_000)).to.deep.equal(succeeded());
    expect(calls).to.deep.equal(['status key-1', 'capture key-1']);
  });

  it('takes an exception and silence for unclear', async () => {
    const broken = providerThat({
      capture: async () => {
        throw new Error('connection reset');
      },
    });
    expect(await callProvider(broken.provider, call, 1_000)).to.deep.equal({
      kind: 'unclear',
      detail: 'connection reset',
    });

    const silent = providerThat({ capture: () => new Promise(() => undefined) });
    expect(await callProvider(silent.provider, call, 10)).to.deep.equal({
      kind: 'unclear',
      detail: 'no answer in time',
    });
  });

  it('keeps no timer once it has its answer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const ask = () => callProvider(providerThat({}).provider, call, 60_000);
    // The test's own timer is there once it has waited for something.
    await ask();
    const before = timers();
    await ask();
    expect(timers()).to.equal(before);
  });

  it('does not send anything when nobody knows whether it was sent', async () => {
    const { provider, calls } = providerThat({ status: () => new Promise(() => undefined) });

    expect((await askProvider(provider, call, 10)).kind).to.equal('unclear');
    expect(calls).to.deep.equal(['status key-1']);
  });
});

const call: AttemptCall = {
  attemptId: 1,
  operation: 'capture',
  provider: 'test',
  providerKey: 'key-1',
  orderId: 42,
  methodToken: 'tok_approve',
  reference: 'ch_1',
  amountCents: 5000,
  currency: 'EUR',
};

function providerThat(does: Partial<PaymentProvider>) {
  const calls: string[] = [];
  const answer = async () => succeeded();
  const noted = <A>(name: string, act: (...args: never[]) => Promise<A>) => {
    return (request: { key: string }, signal: AbortSignal) => {
      calls.push(`${name} ${request.key}`);
      return act(request as never, signal as never);
    };
  };
  const provider: PaymentProvider = {
    name: 'test',
    acceptsToken: () => true,
    authorise: noted('authorise', does.authorise ?? answer),
    capture: noted('capture', does.capture ?? answer),
    void: noted('void', does.void ?? answer),
    refund: noted('refund', does.refund ?? answer),
    status: noted<StatusAnswer>('status', does.status ?? answer),
    parseWebhook: () => {
      throw new Error('no webhooks here');
    },
  };
  return { provider, calls };
}
