import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { DomainError } from '../errors/domain-error.ts';

/** Finds the public key that a token names; undefined when the issuer does not know it. */
export type KeyFinder = (keyId: string) => Promise<KeyObject | undefined>;

interface JwksOptions {
  readonly url: string;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

const freshForMs = 10 * 60_000;
const refetchAfterMs = 30_000;
const fetchTimeoutMs = 2_000;

/**
 * Keys from a JWKS (RFC 7517), cached for 10 minutes; an unknown key id causes at most one fetch in 30 s.
 * While the issuer is away the known keys go on serving; without any, the finder throws `service.unavailable`.
 */
export function createJwksKeyFinder(options: JwksOptions): KeyFinder {
  const { url, fetch: request = fetch, now = Date.now } = options;
  let keys = new Map<string, KeyObject>();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const load = async () => {
    const answer = await request(url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
    if (!answer.ok) throw new Error(`JWKS answered ${answer.status}`);
    keys = readKeys(await answer.json());
    fetchedAt = now();
  };
  // Parallel requests share one fetch.
  const loadOnce = () => {
    fetching ??= load().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };

  return async (keyId) => {
    const age = now() - fetchedAt;
    if (keys.has(keyId) && age < freshForMs) return keys.get(keyId);
    if (!keys.has(keyId) && age < refetchAfterMs) return undefined;
    try {
      await loadOnce();
    } catch (cause) {
      if (keys.size === 0)
        throw new DomainError('service.unavailable', 'The keys to check tokens are not available.', { cause });
    }
    return keys.get(keyId);
  };
}

function readKeys(jwks: unknown): Map<string, KeyObject> {
  const { keys } = jwks as { keys: readonly (JsonWebKey & { kid: string })[] };
  return new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
}
