import { DomainError } from '../errors/domain-error.ts';
import { type Answer, ok } from './answers.ts';

/** The entity tag of a version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Answers with the body and its entity tag, or 304 when If-None-Match says that the client has it. */
export function okOrNotModified(body: unknown, version: number, ifNoneMatch: string | undefined): Answer {
  const etag = etagOf(version);
  if (ifNoneMatch !== undefined && etagMatches(ifNoneMatch, etag)) return { status: 304, headers: { etag } };
  return ok(body, { etag });
}

/** Throws `request.version_mismatch` unless If-Match names the version; without the header every version is good. */
export function assertIfMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined || etagMatches(ifMatch, etagOf(version))) return;
  throw new DomainError('request.version_mismatch', 'It was changed meanwhile; read it again.');
}

/** Whether an If-Match or If-None-Match header names the tag. Weak tags are taken for strong ones: proxies that compress make them weak, and a version is the same either way. */
export function etagMatches(header: string, etag: string): boolean {
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
