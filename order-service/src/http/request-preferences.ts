import { readIdempotencyKey } from '@sagacity/chassis/http/idempotency-key';
import { fingerprintOf, type IdempotencyKey } from '../use-cases/once-for-key.ts';

const longestWaitSeconds = 20;

/** The Idempotency-Key header with its scope; undefined without one. Throws `idempotency.key_invalid`. */
export function readScopedKey(
  header: string | undefined,
  scope: { readonly userId: number; readonly route: string; readonly body: unknown },
): IdempotencyKey | undefined {
  const key = readIdempotencyKey(header);
  return key === undefined
    ? undefined
    : { userId: scope.userId, route: scope.route, key, fingerprint: fingerprintOf(scope.body) };
}

/** The id of the last event that a client has seen (Last-Event-ID); 0, which no event has, when there is none or it is none of ours. */
export function readLastEventId(header: string | undefined): number {
  return /^\d{1,9}$/.test(header ?? '') ? Number(header) : 0;
}

/** The seconds that the client would wait by `Prefer: wait=N` (RFC 7240), at most 20; 0 without the preference. */
export function readWaitSeconds(prefer: string | undefined): number {
  const seconds = Number(/(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '')?.[1] ?? 0);
  return Math.min(seconds, longestWaitSeconds);
}
