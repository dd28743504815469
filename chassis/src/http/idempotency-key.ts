import { DomainError } from '../errors/domain-error.ts';
import { longestKey } from './request-headers.ts';

/** The Idempotency-Key header, bare or quoted; undefined without one. Throws `idempotency.key_invalid` when it is unusable. */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = header.replace(/^"(.*)"$/, '$1');
  if (/^[\x21-\x7e]+$/.test(key) && key.length <= longestKey) return key;
  throw new DomainError('idempotency.key_invalid', `An Idempotency-Key has 1 to ${longestKey} visible characters.`);
}
