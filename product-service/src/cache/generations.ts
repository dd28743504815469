import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** What a cached answer depends on: a change of it makes the answer worthless. */
export type Subject = 'everything' | 'lists' | `product:${number}`;

/** A product's generation that is gone is made anew, which costs one miss; so it need not stay for ever. */
const productSeconds = 3_600;
const retryMs = 250;
/** More than so many changes that Redis has not been told of are told as one of everything. */
const mostOwed = 1_000;

/**
 * The generations of the catalogue, in Redis for all instances: a random token per subject. A writer replaces the token after its
 * commit (bump); a reader takes it before it reads the database, and what it stores is good only while the token is the same.
 * Tokens are never reused, so a lost or evicted one cannot bring an old answer back.
 *
 * A bump that does not reach Redis is owed: it is tried again until it does, and on each new connection everything is bumped,
 * since the server may have lost, or never got, what was sent before. While something is owed this instance must not use the cache.
 */
export class Generations {
  readonly #redis: Redis;
  readonly #prefix: string;
  #owed = new Set<Subject>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    redis.on('ready', this.#onReady);
  }

  /** True while a change is known here that Redis has not been told of. */
  get isBehind(): boolean {
    return this.#owed.size > 0;
  }

  keyOf(subject: Subject): string {
    return `${this.#prefix}:generation:${subject}`;
  }

  /** Creates the tokens that are missing, and returns them all; rejects when Redis does not answer. */
  async ensure(subjects: readonly Subject[]): Promise<string[]> {
    const keys = subjects.map((subject) => this.keyOf(subject));
    await Promise.all(subjects.map((subject) => this.#set(subject, 'NX')));
    const tokens = await this.#redis.mget(keys);
    return tokens.map((token) => token ?? '');
  }

  /** Makes worthless what depends on the subjects; never rejects: what Redis was not told is owed. */
  async bump(subjects: readonly Subject[]): Promise<void> {
    try {
      await Promise.all(subjects.map((subject) => this.#set(subject)));
    } catch {
      this.#owe(subjects);
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#redis.off('ready', this.#onReady);
  }

  readonly #onReady = (): void => {
    void this.bump(['everything']);
  };

  #owe(subjects: readonly Subject[]): void {
    for (const subject of subjects) this.#owed.add(subject);
    if (this.#owed.size > mostOwed) this.#owed = new Set(['everything']);
    if (this.#timer === undefined && !this.#stopped) this.#timer = setTimeout(this.#pay, retryMs).unref();
  }

  readonly #pay = async (): Promise<void> => {
    const subjects = [...this.#owed];
    try {
      await Promise.all(subjects.map((subject) => this.#set(subject)));
      for (const subject of subjects) this.#owed.delete(subject);
    } catch {
      // Still owed.
    }
    this.#timer = undefined;
    if (this.isBehind) this.#owe([]);
  };

  #set(subject: Subject, condition?: 'NX'): Promise<unknown> {
    const lifetime = subject.startsWith('product:') ? (['EX', productSeconds] as const) : [];
    const conditions = condition === undefined ? [] : [condition];
    return this.#redis.call('SET', this.keyOf(subject), randomUUID(), ...lifetime, ...conditions);
  }
}
