import { expect } from 'chai';
import { isSandboxToken, type SandboxCall, sandboxQueryAnswer, sandboxStep, sandboxTokens } from './script.ts';

describe('sandbox script', () => {
  it('knows its own tokens and nothing else', () => {
    for (const token of Object.keys(sandboxTokens)) expect(isSandboxToken(token), token).to.equal(true);
    for (const other of ['', 'tok_', 'toString', '4242424242424242', 'tok_approve ']) {
      expect(isSandboxToken(other), other).to.equal(false);
    }
  });

  it('refuses only the authorisation of cards that are refused', () => {
    expect(sandboxStep('tok_decline', call())).to.include({ effect: 'refuse', code: 'payment.declined' });
    expect(sandboxStep('tok_insufficient_funds', call())).to.include({ code: 'payment.insufficient_funds' });
    expect(sandboxStep('tok_decline', call({ operation: 'void' })).effect).to.equal('move');
  });

  it('moves the money at the first call of tok_timeout_then_approve, and answers from the third on', () => {
    const steps = [
      sandboxStep('tok_timeout_then_approve', call()),
      sandboxStep('tok_timeout_then_approve', call({ sends: 2 })),
      sandboxStep('tok_timeout_then_approve', call({ sends: 2, queries: 1 })),
    ];
    expect(steps.map(({ effect }) => effect)).to.deep.equal(['move', 'move', 'move']);
    expect(steps.map(({ answer }) => answer)).to.deep.equal(['never', 'never', 'given']);
    expect(sandboxQueryAnswer('tok_timeout_then_approve', call({ queries: 1 }))).to.equal('never');
    expect(sandboxQueryAnswer('tok_timeout_then_approve', call({ queries: 2 }))).to.equal('given');
  });

  it('never answers tok_answer_lost but for queries', () => {
    for (const operation of ['authorise', 'capture', 'void', 'refund'] as const) {
      expect(sandboxStep('tok_answer_lost', call({ operation, sends: 9 })).answer).to.equal('never');
    }
    expect(sandboxQueryAnswer('tok_answer_lost', call({ queries: 1 }))).to.equal('given');
  });

  it('does nothing at the first two sends of tok_unavailable, however often its status is queried', () => {
    const effects = [call(), call({ sends: 2, queries: 5 }), call({ sends: 3 })].map(
      (one) => sandboxStep('tok_unavailable', one).effect,
    );
    expect(effects).to.deep.equal(['none', 'none', 'move']);
  });

  it('refuses twice to give the money of tok_refund_fails_twice back', () => {
    for (const operation of ['void', 'refund'] as const) {
      const effects = [0, 1, 2].map(
        (refusals) => sandboxStep('tok_refund_fails_twice', call({ operation, refusals })).effect,
      );
      expect(effects).to.deep.equal(['refuse', 'refuse', 'move']);
    }
  });
});

function call(overrides: Partial<SandboxCall> = {}): SandboxCall {
  return { operation: 'authorise', sends: 1, queries: 0, refusals: 0, ...overrides };
}
