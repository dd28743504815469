import type { ClientRateLimitInfo, Options, Store } from 'express-rate-limit';
import type { RedisUse } from '../metrics.ts';

/** A store that counts in the shared one, and in this process alone while the shared one fails. */
export class FallbackStore implements Store {
  readonly prefix: string;
  readonly #shared: Store;
  readonly #local: Store;
  readonly #redisUse: RedisUse;

  constructor(options: { prefix: string; shared: Store; local: Store; redisUse: RedisUse }) {
    this.prefix = options.prefix;
    this.#shared = options.shared;
    this.#local = options.local;
    this.#redisUse = options.redisUse;
  }

  async init(options: Options): Promise<void> {
    this.#local.init?.(options);
    await this.#shared.init?.(options);
  }

  increment(key: string): Promise<ClientRateLimitInfo> {
    return this.#tryBoth((store) => store.increment(key) as Promise<ClientRateLimitInfo>);
  }

  decrement(key: string): Promise<void> {
    return this.#tryBoth(async (store) => store.decrement(key));
  }

  resetKey(key: string): Promise<void> {
    return this.#tryBoth(async (store) => store.resetKey(key));
  }

  async #tryBoth<T>(work: (store: Store) => Promise<T>): Promise<T> {
    try {
      const result = await work(this.#shared);
      this.#redisUse.succeeded();
      return result;
    } catch {
      this.#redisUse.failed();
      return work(this.#local);
    }
  }
}
