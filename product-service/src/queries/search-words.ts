import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** Quotes, exclusions and alternatives say exactly what is meant; a prefix beside them would find what they leave out. */
const operators = /["]|(?:^|\s)-\S|\sor\s/i;
/** Shorter beginnings stand for too much of the vocabulary. */
const shortestPrefix = 2;

/** The words of a search, in lower case. */
export function wordsOf(typed: string): string[] {
  return typed.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Two tsqueries in text form, which match nothing when no word was typed. */
export interface WordQueries {
  /** The words as they are. */
  readonly whole: string;
  /** The last one may also be the beginning of a word. */
  readonly begun: string;
}

export async function queriesOf(db: Db, typed: string): Promise<WordQueries> {
  const words = operators.test(typed) ? [] : wordsOf(typed);
  const isLast = (index: number) => index === words.length - 1;
  const withPrefix = words
    .map((word, index) => (isLast(index) && word.length >= shortestPrefix ? `${word}:*` : word))
    .join(' & ');
  const { rows } = await runSql<WordQueries>(
    db,
    "SELECT catalogue_query(:typed, '')::text AS whole, catalogue_query(:typed, :withPrefix)::text AS begun",
    { typed, withPrefix },
  );
  return rows[0] ?? { whole: '', begun: '' };
}

/**
 * What was typed with each unknown word replaced by the known one in which two neighbouring letters have changed places, or else by
 * the one that looks most like it: by trigrams, of which a swap leaves a short word few. Undefined when nothing is to be replaced.
 */
export async function correct(db: Db, typed: string): Promise<string | undefined> {
  const words = wordsOf(typed);
  const { rows } = await runSql<{ known: string | null }>(
    db,
    `SELECT coalesce(
       (SELECT s.word FROM search_words s WHERE s.word = typed.word),
       (SELECT s.word FROM search_words s WHERE s.word = ANY (ARRAY(
          SELECT overlay(typed.word PLACING reverse(substr(typed.word, place, 2)) FROM place FOR 2)
          FROM generate_series(1, length(typed.word) - 1) AS place)) ORDER BY s.word LIMIT 1),
       (SELECT s.word FROM search_words s WHERE s.word % typed.word
        ORDER BY similarity(s.word, typed.word) DESC, s.word LIMIT 1)) AS known
     FROM unnest(?::text[]) WITH ORDINALITY AS typed(word, nth) ORDER BY typed.nth`,
    [words],
  );
  const corrected = words.map((word, index) => rows[index]?.known ?? word);
  return corrected.join(' ') === words.join(' ') ? undefined : corrected.join(' ');
}

/** Alternatives without those that a beginning among them finds anyway: `'lamp' | 'lamp':*` is `'lamp':*`, at half the cost. */
export function withoutRepetition(match: string): string {
  const leaves = match.split(' | ').map((leaf) => /^'([^']+)'(:\*)?$/.exec(leaf));
  if (!leaves.every((leaf) => leaf !== null)) return match;
  const kept = leaves.filter(
    ([, word = ''], place) =>
      !leaves.some(([, beginning = '', star], other) => {
        const isFirst = beginning !== word || other < place || leaves[place]?.[2] === undefined;
        return other !== place && star !== undefined && word.startsWith(beginning) && isFirst;
      }),
  );
  return kept.map(([leaf]) => leaf).join(' | ');
}
