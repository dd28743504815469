import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { setInterval } from 'node:timers';
import { promisify } from 'node:util';
import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { type KeyPlan, planKeys } from '../domain/key-rotation.ts';
import {
  deleteSigningKeys,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  retireSigningKeys,
  type StoredKey,
} from '../persistence/signing-keys.ts';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

export interface PublicJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly kid: string;
  readonly alg: 'RS256';
  readonly use: 'sig';
}

/**
 * The keys that sign access tokens, shared by all instances through the database. States of a key: published (verifiers may learn it),
 * signing (from 20 minutes on, the first one at once), retired (a younger one signs; published for 24 hours more), dropped.
 * Each instance reads the keys every minute and moves them on under a lock, so that it does not matter which one comes first.
 */
export interface KeyRing extends Part {
  /** The key to sign with now; throws before the ring is started. */
  signingKey(): SigningKey;
  find(kid: string): Promise<KeyObject | undefined>;
  jwks(): { readonly keys: readonly PublicJwk[] };
}

interface Ring {
  readonly signing: SigningKey;
  readonly published: ReadonlyMap<string, KeyObject>;
}

const generate = promisify(generateKeyPair);

export function createKeyRing({
  db,
  logger,
  reloadMs = 60_000,
}: {
  db: Db;
  logger: Logger;
  reloadMs?: number;
}): KeyRing {
  let ring: Ring | undefined;
  let timer: NodeJS.Timeout | undefined;
  let loading: Promise<void> = Promise.resolve();
  const load = async () => {
    ring = toRing(await turnKeys(db));
  };
  const current = () => {
    if (!ring) throw new Error('the key ring is not started');
    return ring;
  };
  return {
    name: 'signing keys',
    start: async () => {
      await load();
      timer = setInterval(() => {
        loading = load().catch((error: unknown) => logger.warn('signing keys could not be read anew', { error }));
      }, reloadMs);
    },
    stop: async () => {
      clearInterval(timer);
      await loading;
    },
    signingKey: () => current().signing,
    find: async (kid) => current().published.get(kid),
    jwks: () => ({ keys: [...current().published].map(([kid, key]) => toJwk(kid, key)) }),
  };
}

interface Turned {
  readonly keys: readonly StoredKey[];
  readonly plan: KeyPlan;
}

/** Reads the keys and, where their age asks for it, makes, retires and drops some. */
async function turnKeys(db: Db): Promise<Turned> {
  const found = await readKeys(db);
  if (!isDue(found.plan)) return found;
  // Made before the lock is taken, so that nobody waits for it; when another instance was faster it is thrown away.
  const spare = found.plan.create ? await generate('rsa', { modulusLength: 2048 }) : undefined;
  return inTransaction(db, async (trx) => {
    await lockSigningKeys(trx);
    const { plan } = await readKeys(trx);
    if (plan.create && spare) {
      await insertSigningKey(trx, uuid7(), spare.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    }
    await retireSigningKeys(trx, plan.retire);
    await deleteSigningKeys(trx, plan.drop);
    return readKeys(trx);
  });
}

async function readKeys(db: Db): Promise<Turned> {
  const { keys, now } = await listSigningKeys(db);
  return { keys, plan: planKeys(keys, now) };
}

function isDue({ create, retire, drop }: KeyPlan): boolean {
  return create || retire.length > 0 || drop.length > 0;
}

function toRing({ keys, plan }: Turned): Ring {
  const signing = keys.find(({ kid }) => kid === plan.sign);
  if (!signing) throw new Error('there is no signing key');
  const published = keys.filter(({ kid }) => plan.publish.includes(kid));
  return {
    signing: { kid: signing.kid, privateKey: createPrivateKey(signing.privateKeyPem) },
    published: new Map(published.map(({ kid, privateKeyPem }) => [kid, createPublicKey(privateKeyPem)])),
  };
}

function toJwk(kid: string, key: KeyObject): PublicJwk {
  const { n, e } = key.export({ format: 'jwk' }) as { n: string; e: string };
  return { kty: 'RSA', n, e, kid, alg: 'RS256', use: 'sig' };
}
