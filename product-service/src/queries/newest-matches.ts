import type { Db } from '@sagacity/chassis/db/database';
import { nextStep, type Progress, type Step } from './match-windows.ts';
import { type Condition, joined } from './product-filters.ts';

export interface MatchesOf {
  /** A tsquery as text. */
  readonly match: string;
  readonly conditions: readonly Condition[];
  readonly categoryId: number | undefined;
  /** The ids to look among. */
  readonly upTo: number;
  readonly downTo: number;
  readonly most: number;
}

/** Products whose ids agree but for so many bits have a lexeme in common, as the schema says. */
const blockBits = 13;

/**
 * The ids of the newest products that match, the newest first: all of them when there are fewer than `most`, otherwise exactly the
 * `most` with the largest ids, whatever plans PostgreSQL makes.
 *
 * It goes downwards through the ids in windows that follow on each other, and each window is read whole or as far as is wanted.
 */
export async function newestMatches(db: Db, wanted: MatchesOf): Promise<number[]> {
  const ids: number[] = [];
  let progress: Progress = { next: wanted.upTo, seen: 0, found: 0, isMuch: false };
  while (progress.next >= wanted.downTo && ids.length < wanted.most) {
    const step = nextStep(progress, wanted);
    const missing = wanted.most - ids.length;
    const read = await readStep(db, wanted, { step, next: progress.next, limit: missing });
    if (step.way === 'rest') {
      if (read.length < missing) return [...ids, ...read];
      progress = { ...progress, isMuch: true };
    } else {
      ids.push(...read);
      const seen = progress.seen + progress.next - step.from + 1;
      progress = { ...progress, next: step.from - 1, seen, found: ids.length };
    }
  }
  return ids;
}

async function readStep(
  db: Db,
  { match, conditions, categoryId, downTo }: MatchesOf,
  { step, next, limit }: { step: Step; next: number; limit: number },
): Promise<number[]> {
  const from = step.way === 'rest' ? downTo : step.from;
  const lexemes = [
    ...(step.way === 'index' ? [blocks(from, next)] : []),
    ...(step.way !== 'walk' && categoryId !== undefined ? [`'category${categoryId}'`] : []),
  ];
  const where = joined([
    ...conditions,
    matching(step.way, match, lexemes),
    { sql: 'p.id BETWEEN :from AND :next', values: { from, next } },
  ]);
  const { rows } = await db.raw<{ rows: { ids: number[] }[] }>(
    `SELECT coalesce(array_agg(id ORDER BY id DESC), '{}') AS ids FROM (
       SELECT p.id FROM products p WHERE ${where.sql} ${step.way === 'rest' ? '' : 'ORDER BY p.id DESC'} LIMIT :limit) AS found`,
    { ...where.values, limit } as never,
  );
  return rows[0]?.ids ?? [];
}

function matching(way: Step['way'], match: string, lexemes: readonly string[]): Condition {
  // The function behind @@, which no index answers.
  if (way === 'walk') return { sql: 'ts_match_vq(p.search, :match::tsquery)', values: { match } };
  if (lexemes.length === 0) return { sql: 'p.search @@ :match::tsquery', values: { match } };
  return { sql: 'p.search @@ (:match::tsquery && :within::tsquery)', values: { match, within: lexemes.join(' & ') } };
}

/** A tsquery of the products of the blocks that the ids from `from` to `to` lie in. */
function blocks(from: number, to: number): string {
  const [first, last] = [from >> blockBits, to >> blockBits];
  return `(${Array.from({ length: last - first + 1 }, (_, n) => `'#${first + n}'`).join(' | ')})`;
}
