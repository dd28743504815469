import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { Redis } from 'ioredis';
import pg from 'pg';
import { setting } from '../bench.ts';

export interface End {
  readonly status: string;
  /** performance.now() of the announcement that told of it. */
  readonly at: number;
}

/** Tells when orders come to an end, by the announcements that wake waiting requests, too, and a look into the orders' table. */
export interface OrderEnds {
  /** Resolves when the order is confirmed or rejected. */
  of(orderId: number): Promise<End>;
  readonly pending: number;
  close(): Promise<void>;
}

/** An end is timed by its announcement, not by the look, so there is no need to look more often at the cost of what is measured. */
const lookEveryMs = 20;
/** Announcements can be lost; then a look at all orders that are waited for finds the end, later than it was. */
const lookAtAllEveryMs = 2_000;

export async function watchOrderEnds(): Promise<OrderEnds> {
  const pool = new pg.Pool({ connectionString: databaseUrl('orders_db'), max: 1 });
  const redis = new Redis(setting('TEST_REDIS_URL'));
  const waiting = new Map<number, (end: End) => void>();
  const announced = new Map<number, number>();
  /** An order that has ended is announced again when its money has moved. */
  const ended = new Set<number>();
  let looking = false;
  const look = async (ids: readonly number[], at: (id: number) => number) => {
    if (looking || ids.length === 0) return;
    looking = true;
    const { rows } = await pool.query<{ id: number; status: string }>({
      name: 'ends',
      text: `SELECT id, status FROM (SELECT * FROM unnest($1::int[]) AS given_id ${plannedAsFew}) AS given
        JOIN orders ON id = given_id WHERE status <> 'pending'`,
      values: [ids],
    });
    looking = false;
    for (const { id, status } of rows) {
      waiting.get(id)?.({ status, at: at(id) });
      waiting.delete(id);
      announced.delete(id);
      ended.add(id);
    }
  };
  redis.on('message', (_channel, text) => {
    for (const id of text.split(' ').map(Number)) if (!ended.has(id)) announced.set(id, performance.now());
  });
  await redis.subscribe('orders:changed');
  const timer = setInterval(() => {
    if (looking) return;
    // An order can be announced before its creation is answered; then it is not waited for yet, and is kept for the next look.
    const due = [...announced].filter(([id]) => waiting.has(id));
    for (const [id] of due) announced.delete(id);
    const times = new Map(due);
    void look([...times.keys()], (id) => times.get(id) ?? performance.now());
  }, lookEveryMs);
  const all = setInterval(() => void look([...waiting.keys()], () => performance.now()), lookAtAllEveryMs);
  return {
    of: (orderId) => new Promise((resolve) => waiting.set(orderId, resolve)),
    get pending() {
      return waiting.size;
    },
    close: async () => {
      clearInterval(timer);
      clearInterval(all);
      redis.disconnect();
      await pool.end();
    },
  };
}

/** The address of one of the system's databases, for reading. */
export function databaseUrl(name: string): string {
  const entry = setting('AUDIT_DATABASE_URLS')
    .split(',')
    .find((text) => text.startsWith(`${name}=`));
  if (!entry) throw new Error(`AUDIT_DATABASE_URLS does not name ${name}`);
  return entry.slice(name.length + 1);
}
