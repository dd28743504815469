import { setTimeout as delay } from 'node:timers/promises';
import { takeWhatArrived } from '@sagacity/chassis/batches/take-what-arrived';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Operation } from '../domain/payment.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import type { AttemptCall } from '../persistence/attempts.ts';
import type { Providers } from '../providers/provider.ts';
import type { Report } from '../use-cases/settle-reports.ts';
import { askProvider, callProvider } from './ask-provider.ts';
import type { ProviderMetrics } from './provider-metrics.ts';

export interface AttemptRunnerOptions {
  readonly providers: Providers;
  /** Claims attempts that are due, each for the time of the lease. */
  readonly claim: (limit: number) => Promise<readonly AttemptCall[]>;
  /** Writes down what was said about attempts, all or nothing. */
  readonly settle: (reports: readonly Report[]) => Promise<readonly unknown[]>;
  readonly leaseMs: number;
  /** The longest that one call of a provider may take; a lease must outlast two of them. */
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly pollMs: number;
  readonly logger: Logger;
  readonly metrics: ProviderMetrics;
}

/** Calls providers for attempts whose rows are committed. */
export interface AttemptRunner extends Part {
  /** Takes an attempt that this process has just opened, and leased, in a committed transaction. */
  take(call: AttemptCall): void;
}

interface Job {
  readonly call: AttemptCall;
  /** `call`: nobody has sent it yet. `ask`: somebody may have, so the provider is asked first. */
  readonly mode: 'call' | 'ask';
  readonly takenAt: number;
}

interface Answered {
  readonly call: AttemptCall;
  readonly report: Report;
}

/** Nobody waits for the money to be taken: it is held, and the order is confirmed. */
function urgencyOfAnswer(operation: Operation): 'now' | 'idle' {
  return operation === 'capture' ? 'idle' : 'now';
}

/**
 * How an attempt goes: its row is committed, leased to the process that opened it → that process, and only it, sends the request
 * unasked → the answer is written down. Whatever happens to the process in between, the lease ends, and any process claims the row:
 * it asks the provider what became of the key, and sends the request only if the provider knows nothing of it. So money moves at most
 * once per attempt, and an attempt ends only by the provider's word.
 */
export function createAttemptRunner(options: AttemptRunnerOptions): AttemptRunner {
  const { logger, maxInFlight } = options;
  const settled = takeWhatArrived(
    (answered: readonly Answered[]) => options.settle(answered.map(({ report }) => report)),
    { urgencyOf: ({ call }) => urgencyOfAnswer(call.operation) },
  );
  const queue: Job[] = [];
  const unfinished = new Set<Promise<void>>();
  const stopping = new AbortController();
  let callsUnderWay = 0;
  let polling: Promise<void> | undefined;

  const fill = () => {
    while (callsUnderWay < maxInFlight) {
      const job = queue.shift();
      if (!job) return;
      // Too late to be sure that it is done within the lease: it will be claimed, and asked about.
      if (performance.now() - job.takenAt > options.leaseMs / 2) continue;
      const running = work(job).finally(() => unfinished.delete(running));
      unfinished.add(running);
    }
  };
  const enqueue = (call: AttemptCall, mode: Job['mode']) => {
    queue.push({ call, mode, takenAt: performance.now() });
    fill();
  };
  const ask = async ({ call, mode }: Job) => {
    callsUnderWay += 1;
    try {
      return await answerOf(options, call, mode);
    } finally {
      callsUnderWay -= 1;
      fill();
    }
  };
  const work = async (job: Job) => {
    const { call } = job;
    const answer = await ask(job);
    try {
      await settled.submit({ call, report: { attemptId: call.attemptId, answer } });
    } catch (error) {
      logger.warn('answer not written, it will be asked for again', { error, attempt_id: call.attemptId });
    }
  };
  const poll = async () => {
    const free = maxInFlight - callsUnderWay - queue.length;
    if (free <= 0) return;
    for (const call of await options.claim(free)) enqueue(call, 'ask');
  };
  const pollUntilStopped = async () => {
    while (!stopping.signal.aborted) {
      await poll().catch((error: unknown) => logger.warn('due attempts could not be claimed', { error }));
      await delay(options.pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  return {
    name: 'attempt runner',
    take: (call) => enqueue(call, 'call'),
    start: async () => {
      polling = pollUntilStopped();
    },
    stop: async () => {
      stopping.abort();
      await polling;
      while (unfinished.size > 0) await Promise.all(unfinished);
    },
  };
}

async function answerOf(options: AttemptRunnerOptions, call: AttemptCall, mode: Job['mode']): Promise<ProviderAnswer> {
  const provider = options.providers.get(call.provider);
  if (!provider) return { kind: 'unclear', detail: `no provider ${call.provider} is configured` };
  const answered = options.metrics.startCall(call.provider, call.operation);
  const answer = await (mode === 'call' ? callProvider : askProvider)(provider, call, options.timeoutMs);
  answered(answer.kind);
  if (answer.kind === 'unclear' || answer.kind === 'unavailable') {
    options.logger.warn('provider gave no conclusive answer', {
      attempt_id: call.attemptId,
      order_id: call.orderId,
      operation: call.operation,
      answer: answer.kind,
      detail: answer.detail,
    });
  }
  return answer;
}
