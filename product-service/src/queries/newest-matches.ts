import type { Db } from '@sagacity/chassis/db/database';
import { plannedEachTime } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { nextStep, type Progress, type Step } from './match-windows.ts';
import { type Condition, joined } from './product-filters.ts';
import { withoutRepetition } from './search-words.ts';

export interface MatchesOf {
  /** A tsquery as text. */
  readonly match: string;
  /** What else they must meet, but for the category. */
  readonly conditions: readonly Condition[];
  readonly categoryId: number | undefined;
  /** The ids to look among. */
  readonly upTo: number;
  readonly downTo: number;
  readonly most: number;
}

/** Products whose ids agree but for so many bits have a lexeme in common, as the schema says. */
const blockBits = 13;
/** Above it, looking at each product costs less than to gather what the index has for the beginning of a word. */
const commonShare = 0.05;

/**
 * The ids of the newest products that match, the newest first: all of them when there are fewer than `most`, otherwise exactly the
 * `most` with the largest ids, whatever plans PostgreSQL makes.
 *
 * It goes downwards through the ids in windows that follow on each other, and each window is read whole or as far as is wanted.
 */
export async function newestMatches(db: Db, given: MatchesOf): Promise<number[]> {
  const wanted = { ...given, match: withoutRepetition(given.match) };
  const ids: number[] = [];
  let progress: Progress = { next: wanted.upTo, seen: 0, found: 0, isMuch: false };
  let isCommon = false;
  while (progress.next >= wanted.downTo && ids.length < wanted.most) {
    const step = nextStep(progress, wanted);
    const { next } = progress;
    const missing = wanted.most - ids.length;
    if (step.way === 'rest') {
      const rest = await readMatches(db, wanted, { step, next, limit: missing, isCommon });
      if (rest.length < missing) return [...ids, ...rest];
      progress = { ...progress, isMuch: true };
      continue;
    }
    const size = next - step.from + 1;
    if (step.way === 'sample') {
      const sample = await readSample(db, wanted, { from: step.from, next });
      isCommon = sample.matches / size >= commonShare;
      ids.push(...sample.ids.slice(0, missing));
    } else {
      ids.push(...(await readMatches(db, wanted, { step, next, limit: missing, isCommon })));
    }
    progress = { ...progress, next: step.from - 1, seen: progress.seen + size, found: ids.length };
  }
  return ids;
}

/** How many of these products the index would find, by words and category, and which of them meet all conditions. */
async function readSample(db: Db, wanted: MatchesOf, { from, next }: { from: number; next: number }) {
  const { match, conditions, categoryId } = wanted;
  const where = joined(conditions);
  const found = joined([
    { sql: matchingEach, values: { match } },
    { sql: 'p.id BETWEEN :from AND :next', values: { from, next } },
    ...inCategory(categoryId),
  ]);
  const { rows } = await runSql<{ matches: number; ids: number[] }>(
    db,
    `SELECT count(*)::int AS matches, coalesce(array_agg(p.id ORDER BY p.id DESC) FILTER (WHERE ${where.sql}), '{}') AS ids
     FROM products p WHERE ${found.sql}`,
    { ...where.values, ...found.values },
  );
  return rows[0] ?? { matches: 0, ids: [] };
}

function inCategory(id: number | undefined): Condition[] {
  return id === undefined ? [] : [{ sql: 'p.category_id = :categoryId', values: { categoryId: id } }];
}

/** By the function behind @@, which no index answers. */
export const matchingEach = 'ts_match_vq(p.search, :match::tsquery)';

interface Reading {
  readonly step: Step;
  readonly next: number;
  readonly limit: number;
  /** Then not by the index of words. */
  readonly isCommon: boolean;
}

async function readMatches(db: Db, wanted: MatchesOf, { step, next, limit, isCommon }: Reading): Promise<number[]> {
  const { match, conditions, categoryId, downTo } = wanted;
  const isWindow = step.way !== 'rest';
  const from = isWindow ? step.from : downTo;
  const within = [
    ...(isWindow ? [blocks(from, next)] : []),
    ...(categoryId === undefined ? [] : [`'category${categoryId}'`]),
  ];
  // As an expression the id is of no use to its index, which would lead through all products.
  const id = isCommon && isWindow ? 'p.id' : 'p.id + 0';
  // The index of words has found the category, and its own index would be read in vain; IS TRUE is of no use to that.
  const category = inCategory(categoryId).map(({ sql, values }) => ({
    sql: isCommon ? sql : `(${sql}) IS TRUE`,
    values,
  }));
  const where = joined([
    ...conditions,
    ...category,
    isCommon ? { sql: matchingEach, values: { match } } : matchingByIndex(match, within),
    { sql: `${id} BETWEEN :from AND :next`, values: { from, next } },
  ]);
  const { rows } = await runSql<{ ids: number[] }>(
    db,
    `${plannedEachTime} SELECT coalesce(array_agg(id ORDER BY id DESC), '{}') AS ids
     FROM (SELECT p.id FROM products p WHERE ${where.sql} ${isWindow ? `ORDER BY ${id} DESC` : ''} LIMIT :limit) AS found`,
    { ...where.values, limit },
  );
  return rows[0]?.ids ?? [];
}

function matchingByIndex(match: string, within: readonly string[]): Condition {
  if (within.length === 0) return { sql: 'p.search @@ :match::tsquery', values: { match } };
  return { sql: 'p.search @@ (:match::tsquery && :within::tsquery)', values: { match, within: within.join(' & ') } };
}

/** A tsquery of the products of the blocks that the ids from `from` to `to` lie in. */
function blocks(from: number, to: number): string {
  const [first, last] = [from >> blockBits, to >> blockBits];
  return `(${Array.from({ length: last - first + 1 }, (_, n) => `'#${first + n}'`).join(' | ')})`;
}
