import { randomInt } from 'node:crypto';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { BrokerConnection } from '../broker/connection.ts';
import type { Crowding } from '../broker/queue-depths.ts';
import type { LaneMetrics } from '../metrics.ts';
import { lead } from './lead.ts';
import { readPeers, tryLease } from './lease.ts';
import type { LaneLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { preferredRelay } from './preference.ts';
import { openSession, type Session } from './session.ts';
import { Wake } from './wake.ts';

/**
 * A lane drains the outbox of one database, beside the lanes of other relays for the same database, of which one leads.
 *
 *     connecting ──► standby ──► leading
 *         ▲             │           │
 *         └─────────────┴───────────┘        any ──► stopped
 *
 * - connecting: no session. It waits for the broker, since a lease that cannot be used keeps others from using it, then opens a session.
 * - standby: a session without the lease. Every 200 to 500 ms it tries to take the lease; during the first two seconds only if by
 *   rendezvous hashing this relay should have it, so that the databases spread over the relays.
 * - leading: the lease is held and the outbox drained (lead.ts, drain.ts).
 * - stopped: by stop(), for ever.
 *
 * Every way out of standby and leading closes the session, and with it the lease. In order, when the lane stops or another relay should
 * lead: everything in flight is settled and deleted first. Out of order, when the session, the server or the broker goes: rows in flight
 * stay, and whoever leads next sends them again.
 *
 * Invariants: at most one session deletes rows of a database; a row is deleted only after the broker has confirmed and not returned it;
 * messages of one aggregate are published in the order of their rows, apart from repetitions.
 */
export interface Lane extends Part {
  readonly database: string;
  state(): LaneState;
  /** There may be new rows. */
  poke(): void;
  /** Throws with the reason when the lane neither leads without trouble nor stands by. */
  check(): void;
}

export type LaneState = 'connecting' | 'standby' | 'leading' | 'stopped';

export interface LaneOptions {
  readonly database: string;
  readonly url: string;
  readonly producer: string;
  /** Name of this relay among its peers, at most 63 bytes: `outbox-relay@<host>#<pid>`. */
  readonly instance: string;
  readonly broker: BrokerConnection;
  readonly limits: LaneLimits;
  readonly pace: Pace;
  readonly crowding: Crowding;
  readonly metrics: LaneMetrics;
  readonly logger: Logger;
}

const reconnect = { minMs: 100, maxMs: 5_000 };
const troubleLastsMs = 10_000;

/** A lane; start returns at once, stop when everything in flight is settled or the time for it is over. */
export function createLane(options: LaneOptions): Lane {
  return new RunningLane(options);
}

class RunningLane implements Lane {
  readonly name: string;
  readonly database: string;
  readonly #options: LaneOptions;
  readonly #wake = new Wake();
  #state: LaneState = 'connecting';
  #running: Promise<void> | undefined;
  #isStopping = false;
  #isPoked = false;
  #trouble: { readonly text: string; readonly until: number } | undefined;

  constructor(options: LaneOptions) {
    this.name = `lane ${options.database}`;
    this.database = options.database;
    this.#options = options;
  }

  state(): LaneState {
    return this.#state;
  }

  poke(): void {
    this.#isPoked = true;
    this.#wake.signal();
  }

  check(): void {
    if (this.#state === 'connecting' || this.#state === 'stopped') throw new Error(this.#state);
    if (this.#trouble && this.#trouble.until > performance.now()) throw new Error(this.#trouble.text);
  }

  async start(): Promise<void> {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake.signal();
    await this.#running;
    this.#state = 'stopped';
  }

  async #run(): Promise<void> {
    const { broker, logger } = this.#options;
    const unsubscribe = broker.onChange(() => this.#wake.signal());
    for (let failures = 0; !this.#isStopping; ) {
      this.#state = 'connecting';
      if (broker.state() === 'down') {
        await this.#wake.wait(1_000);
        continue;
      }
      try {
        await this.#useSession();
        failures = 0;
      } catch (error) {
        failures += 1;
        const nextMs = backoffMs(failures, reconnect);
        logger.warn('lane is interrupted', { error, next_ms: nextMs });
        this.#state = 'connecting';
        await this.#pause(nextMs);
      }
    }
    unsubscribe();
  }

  async #useSession(): Promise<void> {
    const { url, instance, logger } = this.#options;
    const session = await openSession({ url, applicationName: instance, onLost: () => this.#wake.signal() });
    try {
      if (!(await this.#waitForLease(session))) return;
      this.#state = 'leading';
      logger.info('lane leads');
      await lead({
        ...this.#options,
        session,
        wake: this.#wake,
        isStopping: () => this.#isStopping,
        takePoke: () => this.#takePoke(),
        onTrouble: (text) => {
          this.#trouble = { text, until: performance.now() + troubleLastsMs };
        },
      });
      logger.info('lane gives up its lease');
    } finally {
      await session.close().catch((error) => logger.warn('session did not close', { error }));
    }
  }

  /** True with the lease, false when the lane stops or the broker goes. */
  async #waitForLease(session: Session): Promise<boolean> {
    const { broker, limits, database, instance } = this.#options;
    const since = performance.now();
    this.#state = 'standby';
    while (!this.#isStopping && broker.state() !== 'down') {
      const mayTake =
        performance.now() - since > limits.graceMs || preferredRelay(database, await readPeers(session)) === instance;
      if (mayTake && (await tryLease(session))) return true;
      await this.#pause(randomInt(limits.standbyMs, limits.standbyMs * 2.5));
    }
    return false;
  }

  #takePoke(): boolean {
    const isPoked = this.#isPoked;
    this.#isPoked = false;
    return isPoked;
  }

  /** A pause that pokes do not shorten. */
  async #pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !this.#isStopping; left = until - performance.now()) await this.#wake.wait(left);
  }
}
