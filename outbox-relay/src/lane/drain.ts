import type { BrokerConnection } from '../broker/connection.ts';
import type { LaneMetrics } from '../metrics.ts';
import { deletePublished, type Failure, recordFailures, unblockSettled } from './blocked.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { LaneLimits } from './limits.ts';
import { ChannelLostError, type Publisher, UnsendableError } from './publisher.ts';
import { readDueBlocked } from './read-batch.ts';
import type { Reader } from './reader.ts';
import { aggregateKey, type OutboxRow } from './row.ts';
import type { Session } from './session.ts';
import type { Wake } from './wake.ts';

export interface DrainOptions {
  readonly session: Session;
  readonly broker: BrokerConnection;
  readonly publisher: Publisher;
  readonly housekeeping: Housekeeping;
  readonly limits: LaneLimits;
  readonly reader: Reader;
  readonly wake: Wake;
  readonly metrics: LaneMetrics;
  /** Rows to send one at a time, because one of them closed the last channel; counts down. */
  readonly suspects: Suspects;
  /** Refusals by row id; kept over channels. */
  readonly nacks: Map<number, number>;
  /** True when the lane is to be given up in an orderly way. */
  readonly shouldEnd: () => boolean;
  /** True when a poke came since the last call. */
  readonly takePoke: () => boolean;
  readonly onTrouble: (trouble: string) => void;
  readonly onBuried: (rows: readonly OutboxRow[]) => void;
}

export interface Suspects {
  count: number;
}

/** What was published is deleted together: a crash within that time sends it once more. */
const longestUndeletedMs = 100;

/**
 * Drains one outbox over one channel: read, publish, wait for confirms, delete; in a loop without a transaction open while the broker is waited for.
 *
 * What holds at every await:
 * - a row is deleted only after its confirm, and only when it was not returned;
 * - rows are published in the order of their ids, except those that failed, whose aggregates wait;
 * - a batch that was read before a failure became known is thrown away: it may hold later messages of the failed one's aggregate.
 *   Those already on the wire cannot be called back; consumers are safe by the version that each message carries;
 * - at most the window's number of messages is unconfirmed; rows in flight are not read again.
 * It ends by ChannelLostError, by an error of the session, or in order: then everything confirmed is deleted.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #inFlight = new Map<number, OutboxRow>();
  /** Rows that block their aggregate and were sent again. */
  readonly #probes = new Set<number>();
  #undeleted: number[] = [];
  #undeletedSince = 0;
  #failures: Failure[] = [];
  #wantsRead = true;
  #nextPollAt = 0;
  #readNotBefore = 0;
  #settleFirst = false;
  #hasProgressed = false;
  #confirmClock = 0;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** True once anything was settled over this channel. */
  get hasProgressed(): boolean {
    return this.#hasProgressed;
  }

  /** The rows whose outcome is not known. */
  get unsettled(): readonly OutboxRow[] {
    return [...this.#inFlight.values()];
  }

  async run(): Promise<void> {
    const { shouldEnd, wake } = this.#options;
    while (!shouldEnd()) {
      const lost = this.#lostChannel();
      await this.#flush(lost !== undefined);
      if (lost) throw lost;
      await this.#keepHouse();
      if (this.#mayRead()) await this.#readAndPublish();
      else await wake.wait(this.#idleMs());
    }
    await this.#finish();
  }

  #lostChannel(): ChannelLostError | undefined {
    const { publisher, broker, limits } = this.#options;
    if (publisher.lost) return publisher.lost;
    const now = performance.now();
    // A blocked broker owes no confirms.
    if (broker.state() === 'blocked') this.#confirmClock = now;
    const since = Math.max(publisher.waitingSince ?? now, this.#confirmClock);
    if (now - since <= limits.confirmTimeoutMs) return undefined;
    return new ChannelLostError(`no confirm within ${limits.confirmTimeoutMs} ms`);
  }

  #mayRead(): boolean {
    const { broker, publisher, limits, housekeeping, takePoke } = this.#options;
    if (takePoke()) this.#wantsRead = true;
    const now = performance.now();
    if (now >= this.#nextPollAt) this.#wantsRead = true;
    if (publisher.unconfirmed === 0) this.#settleFirst = false;
    return (
      this.#wantsRead &&
      !this.#settleFirst &&
      now >= this.#readNotBefore &&
      broker.state() === 'up' &&
      !housekeeping.isPaused &&
      publisher.failures === 0 &&
      this.#room() >= Math.min(limits.batchSize, this.#window())
    );
  }

  #window(): number {
    return this.#options.suspects.count > 0 ? 1 : this.#options.limits.window;
  }

  #room(): number {
    return this.#window() - this.#options.publisher.unconfirmed;
  }

  #idleMs(): number {
    if (this.#undeleted.length > 0) return this.#undeletedSince + longestUndeletedMs - performance.now();
    const waitMs = (this.#wantsRead ? this.#readNotBefore : this.#nextPollAt) - performance.now();
    // What keeps a wanted read back otherwise is a confirm or the broker's state, which signal, or a pause, which is looked for again.
    return waitMs > 0 ? Math.min(waitMs, this.#options.limits.pollMs) : this.#options.limits.pollMs;
  }

  async #readAndPublish(): Promise<void> {
    const { housekeeping, reader } = this.#options;
    this.#wantsRead = false;
    const { rows, wantsMore, pauseMs, againInMs } = await reader.read(this.#inFlight, this.#room());
    const now = performance.now();
    if (wantsMore) this.#wantsRead = true;
    this.#nextPollAt = now + againInMs;
    this.#readNotBefore = now + pauseMs;
    if (rows.length === 0) return;
    housekeeping.sawRows();
    await this.#publishAll(rows);
  }

  /** Publishes the rows in their order; of an aggregate whose row fails here, the later ones stay back. */
  async #publishAll(rows: readonly OutboxRow[]): Promise<void> {
    const missing = await this.#missingExchanges(rows);
    const { publisher } = this.#options;
    if (publisher.failures > 0 || publisher.lost) {
      this.#wantsRead = true;
      return;
    }
    const held = new Set<string>();
    for (const row of rows) {
      if (held.size > 0 && held.has(aggregateKey(row))) continue;
      const failure = missing.has(row.exchange)
        ? { row, reason: `exchange ${row.exchange} is missing`, counts: false, mayDie: false }
        : this.#publish(row);
      if (!failure) continue;
      this.#failures.push(failure);
      held.add(aggregateKey(row));
    }
    if (held.size > 0) this.#wantsRead = true;
  }

  #publish(row: OutboxRow): Failure | undefined {
    try {
      this.#options.publisher.publish(row);
      this.#inFlight.set(row.id, row);
      return undefined;
    } catch (error) {
      if (!(error instanceof UnsendableError)) throw error;
      return { row, reason: error.message, counts: true, mayDie: true };
    }
  }

  async #missingExchanges(rows: readonly OutboxRow[]): Promise<ReadonlySet<string>> {
    const missing = new Set<string>();
    for (const exchange of new Set(rows.map((row) => row.exchange))) {
      if (await this.#options.broker.exchanges.exists(exchange)) continue;
      missing.add(exchange);
      this.#options.onTrouble(`exchange ${exchange} is missing`);
    }
    return missing;
  }

  /** Deletes what is confirmed, in some quantity or after a short while, and records what failed. */
  async #flush(force = false): Promise<void> {
    const { publisher, limits } = this.#options;
    if (publisher.settled > 0) this.#takeSettled();
    if (this.#failures.length > 0) await this.#recordFailures();
    const isDue =
      force ||
      this.#undeleted.length >= limits.batchSize / 2 ||
      performance.now() - this.#undeletedSince >= longestUndeletedMs;
    if (this.#undeleted.length > 0 && isDue) await this.#delete();
  }

  #takeSettled(): void {
    const { publisher, suspects, metrics } = this.#options;
    const { confirmed, returned, nacked } = publisher.takeSettled();
    this.#hasProgressed = true;
    suspects.count = Math.max(0, suspects.count - confirmed.length - returned.length - nacked.length);
    if (this.#undeleted.length === 0) this.#undeletedSince = performance.now();
    for (const { id } of confirmed) this.#undeleted.push(id);
    for (const row of returned) {
      this.#failures.push({ row, reason: `no queue takes ${row.routing_key}`, counts: true, mayDie: true });
    }
    if (nacked.length > 0) this.#takeNacked(nacked);
    metrics.settled(confirmed.length, returned.length, nacked.length);
  }

  /** The broker is busy or broken, which is not the row's fault: the lane pauses; a row that is refused again and again steps aside, but never dies of it. */
  #takeNacked(nacked: readonly OutboxRow[]): void {
    const { nacks, limits } = this.#options;
    this.#readNotBefore = performance.now() + limits.nackPauseMs;
    this.#settleFirst = true;
    this.#wantsRead = true;
    for (const row of nacked) {
      const count = (nacks.get(row.id) ?? 0) + 1;
      nacks.set(row.id, count);
      if (count > limits.nacksForgiven) {
        this.#failures.push({ row, reason: 'the broker refused the message', counts: true, mayDie: false });
      } else this.#inFlight.delete(row.id);
    }
  }

  async #delete(): Promise<void> {
    const { session, nacks, metrics, housekeeping } = this.#options;
    const ids = this.#undeleted;
    this.#undeleted = [];
    await deletePublished(session, ids);
    metrics.published(ids.length);
    housekeeping.sawDeleted(ids.length);
    let unblocks = false;
    for (const id of ids) {
      this.#inFlight.delete(id);
      if (nacks.size > 0) nacks.delete(id);
      if (this.#probes.size > 0 && this.#probes.delete(id)) unblocks = true;
    }
    if (unblocks) await this.#unblock();
  }

  async #recordFailures(): Promise<void> {
    const { session, limits, onBuried } = this.#options;
    const failures = this.#failures;
    this.#failures = [];
    const { dead } = await recordFailures(session, failures, limits);
    for (const { row } of failures) {
      this.#inFlight.delete(row.id);
      this.#probes.delete(row.id);
    }
    if (dead.length === 0) return;
    onBuried(dead);
    await this.#unblock();
  }

  async #unblock(): Promise<void> {
    await unblockSettled(this.#options.session);
    this.#wantsRead = true;
  }

  /** Beside the mark: gives blocked rows that are due another attempt, each alone. */
  async #keepHouse(): Promise<void> {
    const { session, housekeeping, broker, limits } = this.#options;
    if (!housekeeping.isDue()) return;
    await housekeeping.run();
    if (!housekeeping.hasBlocked) return;
    await unblockSettled(session);
    if (housekeeping.isPaused || broker.state() !== 'up' || this.#room() < 1) return;
    const limit = Math.min(limits.batchSize, this.#room());
    const due = await readDueBlocked(session, { inFlight: this.#inFlight.keys(), limit });
    for (const { id } of due) this.#probes.add(id);
    if (due.length > 0) await this.#publishAll(due);
  }

  async #finish(): Promise<void> {
    const { publisher, limits, wake } = this.#options;
    const deadline = performance.now() + limits.stopWithinMs;
    while (publisher.unconfirmed > 0 && !publisher.lost && performance.now() < deadline) {
      await this.#flush();
      await wake.wait(longestUndeletedMs);
    }
    await this.#flush(true);
  }
}
