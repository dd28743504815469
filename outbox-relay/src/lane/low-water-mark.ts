import type { Session } from './session.ts';

/**
 * Where reading starts: no row at or below the mark is there, nor will ever be.
 *
 * Why: deleted rows stay in the table until no snapshot can see them. While some session holds an old one, a read from the front
 * would step over all that was drained since, and slow down with every batch.
 *
 * How: L is the last id given out; X, asked afterwards in a statement of its own, is the id of a transaction that begins then. Every transaction that holds
 * an id up to L has written before (appending follows a write), so its own id is below X. Once the oldest transaction still running is X or
 * later, all of them are decided, and their rows are visible or will never be. Then the mark may rise to L, or to right below the first row
 * that is still there.
 *
 * The mark only saves work. It starts at 0 with each lease, and check() looks below it in case a transaction appended
 * without having written before: then the id may have been undecided, and the mark falls back.
 */
export class LowWaterMark {
  #mark = 0;
  #pending: { readonly lastId: number; readonly nextTransaction: string } | undefined;

  get value(): number {
    return this.#mark;
  }

  /** Call it about every second while rows are read, or after some thousand of them: it rises by what was noted at an earlier call. True while there is something left to pass. */
  async advance(session: Session): Promise<boolean> {
    if (this.#pending) {
      const mark = await this.#decided(session, this.#pending);
      if (mark === undefined) return true;
      this.#mark = mark;
      this.#pending = undefined;
    }
    const lastId = await readLastId(session);
    if (lastId <= this.#mark) return false;
    this.#pending = { lastId, nextTransaction: await beginTransactionId(session) };
    return true;
  }

  /** Falls back when there is a row below the mark, and tells its id. */
  async check(session: Session): Promise<number | undefined> {
    const { rows } = await session.query<{ id: number }>({
      text: 'SELECT id FROM outbox WHERE id <= $1 ORDER BY id LIMIT 1',
      values: [this.#mark],
    });
    const id = rows[0]?.id;
    if (id !== undefined) {
      this.#mark = id - 1;
      this.#pending = undefined;
    }
    return id;
  }

  async #decided(session: Session, pending: { lastId: number; nextTransaction: string }): Promise<number | undefined> {
    const { rows } = await session.query<{ mark: number | null }>({
      name: 'low-water-mark',
      text: `SELECT CASE WHEN pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8
        THEN coalesce((SELECT id - 1 FROM outbox WHERE id > $2 AND id <= $3 ORDER BY id LIMIT 1), $3) END AS mark`,
      values: [pending.nextTransaction, this.#mark, pending.lastId],
    });
    return rows[0]?.mark ?? undefined;
  }
}

/** The last id given out, to whatever transaction. */
export async function readLastId(session: Session): Promise<number> {
  const { rows } = await session.query<{ last_value: number }>({ text: 'SELECT last_value FROM outbox_id_seq' });
  return rows[0]?.last_value ?? 0;
}

/**
 * The id of a transaction that begins now, above those of all that have one. Ask in a statement of its own, after what it is compared with.
 * The end of a snapshot would not do: it is above the newest transaction that has ended, and those that began last may still run.
 */
export async function beginTransactionId(session: Session): Promise<string> {
  const { rows } = await session.query<{ id: string }>({ text: 'SELECT pg_current_xact_id()::text AS id' });
  const [row] = rows;
  if (!row) throw new Error('unreachable: a transaction has an id');
  return row.id;
}
