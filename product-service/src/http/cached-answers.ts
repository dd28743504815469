import type { Answer } from '@sagacity/chassis/http/answers';
import { etagMatches } from '@sagacity/chassis/http/etag';
import type { CachedAnswer } from '../cache/cached-answer.ts';

/** Answers with the body and its tag, or 304 when the client has it; caches on the way may keep it and have to ask again. */
export function answerWith({ json, etag }: CachedAnswer, ifNoneMatch: string | undefined, status = 200): Answer {
  const headers = { etag, 'cache-control': 'no-cache' };
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) return { status: 304, headers };
  return { status, json, headers };
}

/** The same for every order in which a query's parameters can be written. */
export function keyOfQuery(query: object): string {
  return JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));
}
