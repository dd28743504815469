import { AggregateSet } from './aggregate-set.ts';
import { beginTransactionId, readLastId } from './low-water-mark.ts';
import { aggregateKey, type OutboxRow } from './row.ts';
import type { Session } from './session.ts';

const pageSize = 20_000;

/**
 * What piled up in an outbox during an outage: all rows up to a boundary, and which aggregates they are of. What is above the boundary
 * and of another aggregate may be published before them, and the order of each aggregate still holds.
 *
 *     deciding ──► surveying ──► known
 *
 * - deciding: the boundary is the last id given out when the backlog was noticed. Some of the ids up to it may belong to open transactions;
 *   it waits until all of those have ended (how that is known: low-water-mark.ts). From then on no row can appear below the boundary.
 * - surveying: it reads the aggregates of the rows up to the boundary, page by page, so that publishing goes on in between.
 * - known: holds() tells what has to wait.
 */
export class Backlog {
  readonly #session: Session;
  readonly #aggregates = new AggregateSet();
  readonly #nextTransaction: string;
  #surveyedTo: number;
  #isDecided = false;
  #isKnown = false;
  /** The last id that belongs to it. */
  readonly boundary: number;

  private constructor(session: Session, from: number, boundary: number, nextTransaction: string) {
    this.#session = session;
    this.#surveyedTo = from;
    this.boundary = boundary;
    this.#nextTransaction = nextTransaction;
  }

  /** Begins with the rows above `from`, below which there are none. */
  static async notice(session: Session, from: number): Promise<Backlog> {
    const boundary = await readLastId(session);
    return new Backlog(session, from, boundary, await beginTransactionId(session));
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** One step of getting to know it; call it between reads until it is known. */
  async learn(): Promise<void> {
    if (this.#isKnown) return;
    if (this.#isDecided) await this.#survey();
    else this.#isDecided = await this.#areAllDecided();
  }

  /** True when the row, which is above the boundary, may have an earlier one of its aggregate in the backlog. */
  holds(row: OutboxRow): boolean {
    return this.#aggregates.mayHave(aggregateKey(row));
  }

  async #areAllDecided(): Promise<boolean> {
    const { rows } = await this.#session.query<{ decided: boolean }>({
      text: 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS decided',
      values: [this.#nextTransaction],
    });
    return rows[0]?.decided ?? false;
  }

  async #survey(): Promise<void> {
    const { rows } = await this.#session.query<Pick<OutboxRow, 'id' | 'aggregate_type' | 'aggregate_id'>>({
      name: 'survey-backlog',
      text: `SELECT id, aggregate_type, aggregate_id FROM outbox WHERE id > $1 AND id <= $2 ORDER BY id LIMIT ${pageSize}`,
      values: [this.#surveyedTo, this.boundary],
    });
    for (const row of rows) this.#aggregates.add(aggregateKey(row));
    this.#surveyedTo = rows.at(-1)?.id ?? this.boundary;
    this.#isKnown = rows.length < pageSize;
  }
}
