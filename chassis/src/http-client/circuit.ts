import CircuitBreaker from 'opossum';
import type { Registry } from 'prom-client';
import type { Logger } from '../logging/logger.ts';
import { circuitGauge } from './client-metrics.ts';

export interface CircuitOptions {
  /** The circuit opens when at least this share of the attempts of the last 10 s failed; default 50. */
  readonly errorThresholdPercentage?: number;
  /** It never opens on fewer attempts than this in 10 s; default 10. */
  readonly volumeThreshold?: number;
  /** How long it stays open before one attempt is let through; default 2,000 ms. */
  readonly resetTimeoutMs?: number;
}

/** Keeps calls away from a server that fails, and lets one through from time to time to see whether it is back. */
export interface Circuit<I, O> {
  /** Runs the action, or throws CircuitOpenError at once. */
  fire(input: I): Promise<O>;
  readonly resetTimeoutMs: number;
  close(): void;
}

/** The action was not even tried, because it failed too often lately. */
export class CircuitOpenError extends Error {
  constructor(server: string) {
    super(`calls to ${server} are suspended`);
    this.name = 'CircuitOpenError';
  }
}

/** A circuit around an action; every rejection counts as a failure, so the action must resolve what is the caller's fault. */
export function createCircuit<I, O>(
  server: string,
  action: (input: I) => Promise<O>,
  parts: { readonly logger: Logger; readonly metrics: Registry },
  options: CircuitOptions = {},
): Circuit<I, O> {
  const resetTimeoutMs = options.resetTimeoutMs ?? 2_000;
  const breaker = new CircuitBreaker<[I], O>(action, {
    name: server,
    // The action has a timeout of its own: opossum's would give up on the promise and leave the request running.
    timeout: false,
    errorThresholdPercentage: options.errorThresholdPercentage ?? 50,
    volumeThreshold: options.volumeThreshold ?? 10,
    resetTimeout: resetTimeoutMs,
    rollingPercentilesEnabled: false,
  });
  const gauge = circuitGauge(parts.metrics);
  gauge.set({ server }, 0);
  breaker.on('open', () => {
    gauge.set({ server }, 2);
    parts.logger.warn('circuit opened', { server });
  });
  breaker.on('halfOpen', () => gauge.set({ server }, 1));
  breaker.on('close', () => {
    gauge.set({ server }, 0);
    parts.logger.info('circuit closed', { server });
  });
  return {
    fire: async (input) => {
      try {
        return await breaker.fire(input);
      } catch (error) {
        if (CircuitBreaker.isOurError(error as Error)) throw new CircuitOpenError(server);
        throw error;
      }
    },
    resetTimeoutMs,
    close: () => breaker.shutdown(),
  };
}
