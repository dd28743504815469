import { createHash } from 'node:crypto';

/** An answer as it is sent: serialised once, with its entity tag. */
export interface CachedAnswer {
  readonly json: string;
  /** The entity tag with its quotes. */
  readonly etag: string;
}

/** The answer's tag changes with every byte of it; a version in front lets `If-Match` look at the version alone. */
export function answerOf(body: object, version?: number): CachedAnswer {
  const json = JSON.stringify(body);
  const digest = createHash('sha1').update(json).digest('base64url').slice(0, 16);
  return { json, etag: `"${version === undefined ? '' : `${version}-`}${digest}"` };
}

/** The text under which an answer lies in Redis: the generations it was read under, its tag, and itself. */
export function encode(stamp: string, { json, etag }: CachedAnswer): string {
  return `${stamp}\n${etag}\n${json}`;
}

/** The answer, or undefined when it was read under other generations than these. */
export function decode(text: string, stamp: string): CachedAnswer | undefined {
  const afterStamp = text.indexOf('\n');
  if (afterStamp < 0 || text.slice(0, afterStamp) !== stamp) return undefined;
  const afterTag = text.indexOf('\n', afterStamp + 1);
  if (afterTag < 0) return undefined;
  return { etag: text.slice(afterStamp + 1, afterTag), json: text.slice(afterTag + 1) };
}
