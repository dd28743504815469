import { createHash } from 'node:crypto';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Redis } from 'ioredis';
import type { CacheMetrics } from './cache-metrics.ts';
import { type CachedAnswer, decode, encode } from './cached-answer.ts';
import { Generations, type Subject } from './generations.ts';

export type CacheKind = 'product' | 'list' | 'search' | 'categories';

export interface CacheEntry {
  readonly kind: CacheKind;
  /** What tells the answer from others of its kind. */
  readonly key: string;
  /** What the answer depends on, beside everything. */
  readonly subject: Subject;
  /** Reads the answer from the database. */
  readonly load: () => Promise<CachedAnswer>;
}

export interface CacheOptions {
  readonly redis: Redis;
  readonly metrics: CacheMetrics;
  /** First part of every key. */
  readonly prefix?: string;
  /** The longest that an answer is kept, and so the oldest that the stock figures in it can be. */
  readonly ttlMs?: number;
}

/** Answers of the catalogue as products and categories are changed tell of it. */
export const answerTtlMs = 30_000;
const mostBytes = 256 * 1024;
/** Redis holds leases and sessions too and evicts nothing: an instance has at most twice this in it. */
const mostBytesPerTtl = 32 * 1024 * 1024;
/** So long Redis is left alone after it failed, so that a server that hangs does not hold up each request. */
const pauseMs = 500;

/**
 * Cache-aside in Redis for what the catalogue answers; never asked where stock is decided on.
 *
 * An answer is stored with the generations that its reader saw before it read the database, and it is good only while they are
 * still the current ones. So a reader that is overtaken by a change stores something that nobody will take for fresh.
 * Whoever asks after `forget` has resolved gets what the database says after that change, here at once, elsewhere as soon as
 * Redis was told. Everybody who misses the same answer of the same generation waits for one read of the database.
 * Redis being away, slow or full costs speed alone.
 */
export class CatalogueCache implements Part {
  readonly name = 'catalogue cache';
  readonly #redis: Redis;
  readonly #metrics: CacheMetrics;
  readonly #prefix: string;
  readonly #ttlMs: number;
  readonly #generations: Generations;
  readonly #flights = new Map<string, Promise<CachedAnswer>>();
  /** Changes made through this instance, so that nobody joins a read from before one while Redis cannot tell. */
  #changes = 0;
  #pausedUntil = 0;
  #budget = { since: 0, bytes: 0 };

  constructor({ redis, metrics, prefix = 'catalogue', ttlMs = answerTtlMs }: CacheOptions) {
    this.#redis = redis;
    this.#metrics = metrics;
    this.#prefix = prefix;
    this.#ttlMs = ttlMs;
    this.#generations = new Generations(redis, prefix);
  }

  async start(): Promise<void> {
    // Nothing to wait for: without Redis every answer comes from the database.
  }

  async stop(): Promise<void> {
    this.#generations.stop();
  }

  /** The answer, from the cache or the database; rejects only as `load` does. */
  async read(entry: CacheEntry): Promise<CachedAnswer> {
    const key = this.#keyOf(entry);
    const found = await this.#look(entry, key);
    this.#metrics.reads.inc({ kind: entry.kind, result: found.result });
    if (found.answer) return found.answer;
    const flight = `${key} ${found.stamp ?? ''} ${this.#changes}`;
    const joined = this.#flights.get(flight);
    if (joined) return joined;
    const loading = this.#fill(entry, key, found.stamp).finally(() => this.#flights.delete(flight));
    this.#flights.set(flight, loading);
    return loading;
  }

  /** To be called after the commit of a change; resolves when Redis was told or has failed to answer. Never rejects. */
  async forget(subjects: readonly Subject[]): Promise<void> {
    this.#changes += 1;
    await this.#generations.bump(subjects);
  }

  async #look(entry: CacheEntry, key: string): Promise<{ result: string; stamp?: string; answer?: CachedAnswer }> {
    if (performance.now() < this.#pausedUntil || this.#generations.isBehind) return { result: 'bypass' };
    const subjects = ['everything', entry.subject] as const;
    try {
      const keys = subjects.map((subject) => this.#generations.keyOf(subject));
      const [everything, subject, text] = await this.#redis.mget([...keys, key]);
      const isKnown = everything != null && subject != null;
      const tokens = isKnown ? [everything, subject] : await this.#generations.ensure(subjects);
      const stamp = tokens.join(' ');
      const answer = typeof text === 'string' ? decode(text, stamp) : undefined;
      return answer ? { result: 'hit', stamp, answer } : { result: 'miss', stamp };
    } catch {
      this.#pausedUntil = performance.now() + pauseMs;
      return { result: 'error' };
    }
  }

  async #fill({ kind, load }: CacheEntry, key: string, stamp: string | undefined): Promise<CachedAnswer> {
    const answer = await load();
    if (stamp !== undefined) this.#metrics.fills.inc({ kind, result: await this.#store(key, stamp, answer) });
    return answer;
  }

  async #store(key: string, stamp: string, answer: CachedAnswer): Promise<string> {
    const text = encode(stamp, answer);
    const bytes = Buffer.byteLength(text);
    if (bytes > mostBytes) return 'too_large';
    if (!this.#spend(bytes)) return 'over_budget';
    // Answers that were stored together must not all end together.
    const lifetimeMs = Math.ceil(this.#ttlMs * (1 - Math.random() / 3));
    try {
      await this.#redis.set(key, text, 'PX', lifetimeMs);
      return 'stored';
    } catch {
      this.#pausedUntil = performance.now() + pauseMs;
      return 'error';
    }
  }

  #spend(bytes: number): boolean {
    const now = performance.now();
    if (now - this.#budget.since > this.#ttlMs) this.#budget = { since: now, bytes: 0 };
    if (this.#budget.bytes + bytes > mostBytesPerTtl) return false;
    this.#budget.bytes += bytes;
    return true;
  }

  #keyOf({ kind, key }: CacheEntry): string {
    // Searches are as long as people make them.
    const short = key.length <= 24 ? key : createHash('sha256').update(key).digest('base64url');
    return `${this.#prefix}:${kind}:${short}`;
  }
}
