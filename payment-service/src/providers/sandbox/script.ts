import type { Operation } from '../../domain/payment.ts';

/** The tokens of the sandbox, and what each makes it do. */
export const sandboxTokens = {
  tok_approve: 'Everything succeeds at once.',
  tok_decline: 'The authorisation is refused.',
  tok_insufficient_funds: 'The authorisation is refused for lack of funds.',
  tok_slow: 'The authorisation is answered after three seconds.',
  tok_timeout_then_approve:
    'The money is held, but the first two calls, queries of the status included, are never answered.',
  tok_answer_lost: 'Each operation succeeds without an answer; a query of the status tells.',
  tok_unavailable: 'The first two authorisations are answered as unavailable, and nothing is held; the third succeeds.',
  tok_refund_fails_twice: 'Giving money back, by void or refund, is refused twice, then it succeeds.',
  tok_webhook_first: 'A webhook tells of each operation before it is answered.',
  tok_webhooks_repeated: 'Webhooks tell of each operation twice, and once more after the next one.',
} as const;

export type SandboxToken = keyof typeof sandboxTokens;

export function isSandboxToken(token: string): token is SandboxToken {
  return Object.hasOwn(sandboxTokens, token);
}

/** What the sandbox does when it is called; `effect` counts only for a key that has had no effect yet. */
export interface SandboxStep {
  readonly effect: 'move' | 'refuse' | 'none';
  readonly code?: string;
  readonly answer: 'given' | 'slow' | 'never';
}

export interface SandboxCall {
  readonly operation: Operation;
  /** How often a request with this key was sent; 1 for the first. */
  readonly sends: number;
  /** How often the status of this key was queried. */
  readonly queries: number;
  /** How often giving back this charge's money was refused. */
  readonly refusals: number;
}

const moves: SandboxStep = { effect: 'move', answer: 'given' };
const unansweredCalls = 2;
const unavailableCalls = 2;
const refusedReturns = 2;

/** The whole behaviour of the sandbox, by token: deterministic, and the same for every charge. */
export function sandboxStep(token: SandboxToken, call: SandboxCall): SandboxStep {
  switch (token) {
    case 'tok_approve':
    case 'tok_webhook_first':
    case 'tok_webhooks_repeated':
      return moves;
    case 'tok_decline':
      return authorisation(call, { effect: 'refuse', code: 'payment.declined', answer: 'given' });
    case 'tok_insufficient_funds':
      return authorisation(call, { effect: 'refuse', code: 'payment.insufficient_funds', answer: 'given' });
    case 'tok_slow':
      return authorisation(call, { effect: 'move', answer: 'slow' });
    case 'tok_timeout_then_approve':
      return authorisation(call, { effect: 'move', answer: unanswered(call) ? 'never' : 'given' });
    case 'tok_answer_lost':
      return { effect: 'move', answer: 'never' };
    case 'tok_unavailable':
      return call.sends <= unavailableCalls ? authorisation(call, { effect: 'none', answer: 'given' }) : moves;
    case 'tok_refund_fails_twice':
      return returnsMoney(call) && call.refusals < refusedReturns
        ? { effect: 'refuse', code: 'payment.return_refused', answer: 'given' }
        : moves;
  }
}

/** How a query of the status is answered: also those count for the token that answers nobody at first. */
export function sandboxQueryAnswer(token: SandboxToken, call: SandboxCall): 'given' | 'never' {
  return token === 'tok_timeout_then_approve' && call.operation === 'authorise' && unanswered(call) ? 'never' : 'given';
}

function authorisation(call: SandboxCall, step: SandboxStep): SandboxStep {
  return call.operation === 'authorise' ? step : moves;
}

function unanswered({ sends, queries }: SandboxCall): boolean {
  return sends + queries <= unansweredCalls;
}

function returnsMoney({ operation }: SandboxCall): boolean {
  return operation === 'void' || operation === 'refund';
}
