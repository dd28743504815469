import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { setting } from '../bench.ts';
import { createHttpClient, type HttpClient } from '../orders/http-client.ts';
import { searchByHand } from './hand-written.ts';
import type { Kind } from './requests.ts';

/** The catalogue as it is reached: the service itself, the gateway in front of it, and its database. */
export interface CatalogueEnds {
  readonly service: HttpClient;
  readonly gateway: HttpClient;
  readonly db: pg.Client;
  /** Makes all answers that are cached worthless. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export interface KindTimes {
  /** What the first request took, whose pages nobody had touched. */
  readonly first: number;
  /** Each answer made from the database. */
  readonly cold: readonly number[];
  readonly warm: readonly number[];
  readonly byHand: readonly number[];
}

const connections = 32;
/** The reference ranks all matches: many repetitions of it would outlast everything else. */
const byHandMs = 4_000;

export async function openCatalogue(): Promise<CatalogueEnds> {
  const redis = new Redis(setting('TEST_REDIS_URL'));
  const db = new pg.Client({ connectionString: productsUrl() });
  await db.connect();
  const service = createHttpClient(setting('E2E_PRODUCT_SERVICE_URL'), connections);
  const gateway = createHttpClient(setting('E2E_GATEWAY_URL'), connections);
  return {
    service,
    gateway,
    db,
    forget: async () => void (await redis.set('catalogue:generation:everything', randomUUID())),
    close: async () => {
      redis.disconnect();
      service.close();
      gateway.close();
      await db.end();
    },
  };
}

/** products_db, as the superuser. */
export function productsUrl(): string {
  const url = new URL(setting('TEST_POSTGRES_ADMIN_URL'));
  url.pathname = '/products_db';
  return url.href;
}

/** One request after the other: each from the database, then each from the cache, then the reference. */
export async function measureKind(ends: CatalogueEnds, kind: Kind, requests: number): Promise<KindTimes> {
  const numbers = Array.from({ length: requests }, (_, n) => n);
  const cold: number[] = [];
  for (const n of numbers) {
    await ends.forget();
    cold.push(await timed(() => get(ends.service, kind.path(n))));
  }
  for (const n of numbers) await get(ends.service, kind.path(n));
  const warm: number[] = [];
  for (const n of numbers) warm.push(await timed(() => get(ends.service, kind.path(n))));
  return { first: cold[0] ?? Number.NaN, cold: cold.slice(1), warm, byHand: await timeByHand(ends, kind, numbers) };
}

async function timeByHand({ db }: CatalogueEnds, kind: Kind, numbers: readonly number[]): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + byHandMs;
  for (const n of numbers) {
    const search = kind.search?.(n);
    if (search === undefined || performance.now() > until) break;
    times.push(await timed(() => searchByHand(db, search)));
  }
  return times;
}

/** Requests a second over all connections, for so long, of few answers that stay in the cache; as long again before, to warm up. */
export async function measureRate(client: HttpClient, kind: Kind, forMs: number): Promise<number> {
  await answeredIn(client, kind, forMs);
  const since = performance.now();
  const answered = await answeredIn(client, kind, forMs);
  return (answered / (performance.now() - since)) * 1_000;
}

async function answeredIn(client: HttpClient, kind: Kind, forMs: number): Promise<number> {
  const hot = 50;
  const until = performance.now() + forMs;
  let answered = 0;
  const worker = async () => {
    for (; performance.now() < until; answered += 1) await get(client, kind.path(answered % hot));
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return answered;
}

/** Times of the same warm request, through the gateway and past it in turns. */
export async function measureOverhead({ service, gateway }: CatalogueEnds, kind: Kind, requests: number) {
  const [direct, through]: [number[], number[]] = [[], []];
  for (let n = 0; n < requests; n += 1) {
    direct.push(await timed(() => get(service, kind.path(n % 50))));
    through.push(await timed(() => get(gateway, kind.path(n % 50))));
  }
  return { direct, through };
}

export async function get(client: HttpClient, path: string): Promise<string> {
  const { status, body } = await client.call('GET', path);
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body}`);
  return body;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}
