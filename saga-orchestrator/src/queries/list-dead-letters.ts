import type { Db } from '@sagacity/chassis/db/database';
import type { DeadLetterList, DeadLettersQuery } from '../contract/dead-letters.ts';

type Letter = DeadLetterList['items'][number];
type Times = 'first_failed_at' | 'last_failed_at' | 'replayed_at';
type Row = Omit<Letter, Times> & { first_failed_at: Date; last_failed_at: Date; replayed_at: Date | null };

const columns = [
  ...['id', 'message_id', 'queue', 'type', 'correlation_id', 'order_id', 'reason_code', 'reason_detail', 'retry_count'],
  ...['state', 'times', 'first_failed_at', 'last_failed_at', 'replayed_at', 'replayed_by', 'replay_reason', 'payload'],
];

/** Dead letters that match all filters, the newest first; the cursor is the id of the last one shown. */
export async function listDeadLetters(db: Db, query: DeadLettersQuery): Promise<DeadLetterList> {
  const { limit, cursor, ...filters } = query;
  const wanted = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  // One snapshot for both, or a letter that comes in between would be in the list and not be counted.
  const [rows, open] = await db.transaction(
    async (snapshot) => {
      const letters = snapshot('dead_letters')
        .where(wanted)
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) letters.where('id', '<', cursor);
      return Promise.all([
        letters.select(columns) as Promise<Row[]>,
        snapshot('dead_letters').where({ state: 'open' }).count({ open: '*' }).first(),
      ]);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
  const shown = rows.slice(0, limit);
  const next_cursor = rows.length > limit ? String(shown.at(-1)?.id) : null;
  return { items: shown.map(toLetter), next_cursor, open: Number(open?.open) };
}

function toLetter(row: Row): Letter {
  return {
    ...row,
    first_failed_at: row.first_failed_at.toISOString(),
    last_failed_at: row.last_failed_at.toISOString(),
    replayed_at: row.replayed_at?.toISOString() ?? null,
  };
}
