import pg from 'pg';
import { percentile, type Table } from '../figures.ts';
import { databaseUrl } from './ends.ts';
import type { OrderTimes } from './load.ts';

/** What happened to an order, and when, in milliseconds since 1970. */
type Moments = Map<string, number>;

/** From where to where each hop leads; together they are the way from the request to the confirmed order, and what follows. */
const hops: readonly (readonly [from: string, to: string, what: string])[] = [
  ['sent', 'order row', 'gateway, order-service, quotes of products; the order is written'],
  ['order row', 'accepted', 'commit, answer through the gateway'],
  ['order row', 'saga started', 'commit, outbox, relay, broker, orchestrator'],
  ['saga started', 'stock reserved', 'commit, outbox, relay, broker, product-service'],
  ['stock reserved', 'reserve answered', 'commit, outbox, relay, broker, orchestrator'],
  ['reserve answered', 'payment row', 'commit, outbox, relay, broker, payment-service'],
  ['payment row', 'authorised', 'commit, sandbox provider, settled'],
  ['authorised', 'charge answered', 'commit, outbox, relay, broker, orchestrator'],
  ['charge answered', 'confirmed row', 'commit, outbox, relay, broker, order-service'],
  ['confirmed row', 'confirmed', 'commit, announcement'],
  ['confirmed row', 'confirm answered', 'commit, outbox, relay, broker, orchestrator'],
  ['confirm answered', 'saga ended', 'capture and commit of stock, side by side'],
  ['sent', 'accepted', 'all until 201'],
  ['sent', 'confirmed', 'all until confirmed'],
];

/** Where the time of an order goes, from the times that the databases hold of these orders. */
export async function hopTable(orders: readonly OrderTimes[]): Promise<Table> {
  const moments = new Map<number, Moments>(
    orders.map(({ orderId, sentAtMs, acceptedMs, endedMs }) => [
      orderId,
      new Map([
        ['sent', sentAtMs],
        ['accepted', sentAtMs + acceptedMs],
        ['confirmed', sentAtMs + endedMs],
      ]),
    ]),
  );
  const ids = [...moments.keys()];
  for (const [database, sql] of Object.entries(sources)) await addMoments(moments, ids, database, sql);
  const rows = hops.map(([from, to, what]) => {
    const times = [...moments.values()].map((of) => (of.get(to) ?? Number.NaN) - (of.get(from) ?? Number.NaN));
    const known = times.filter((ms) => !Number.isNaN(ms));
    return [`${from} → ${to}`, percentile(known, 50), percentile(known, 90), percentile(known, 99), known.length, what];
  });
  const title = 'Where the time of one order goes, at the steady rate';
  return { title, head: ['hop', 'p50 ms', 'p90 ms', 'p99 ms', 'orders', 'what happens'], rows };
}

const sources: Readonly<Record<string, string>> = {
  orders_db: `
    SELECT order_id, CASE to_status WHEN 'pending' THEN 'order row' ELSE 'confirmed row' END AS moment, at
    FROM order_status_history WHERE order_id = ANY ($1::int[]) AND to_status IN ('pending', 'confirmed')`,
  products_db: `
    SELECT order_id, 'stock reserved' AS moment, min(at) AS at
    FROM stock_movements WHERE order_id = ANY ($1::int[]) AND kind = 'reserve' GROUP BY order_id`,
  payments_db: `
    SELECT order_id, 'payment row' AS moment, created_at AS at FROM payments WHERE order_id = ANY ($1::int[])
    UNION ALL
    SELECT order_id, 'authorised', settled_at FROM payment_attempts JOIN payments ON payments.id = payment_id
    WHERE order_id = ANY ($1::int[]) AND operation = 'authorise' AND settled_at IS NOT NULL`,
  sagas_db: `
    SELECT order_id, 'saga started' AS moment, created_at AS at FROM sagas
    WHERE type = 'place-order' AND order_id = ANY ($1::int[])
    UNION ALL
    SELECT order_id, 'saga ended', ended_at FROM sagas
    WHERE type = 'place-order' AND order_id = ANY ($1::int[]) AND ended_at IS NOT NULL
    UNION ALL
    SELECT order_id, CASE step WHEN 'reserve-stock' THEN 'reserve answered' WHEN 'charge-payment' THEN 'charge answered'
      ELSE 'confirm answered' END, settled_at
    FROM saga_steps JOIN sagas ON sagas.id = saga_id
    WHERE type = 'place-order' AND order_id = ANY ($1::int[]) AND direction = 'forward' AND settled_at IS NOT NULL
      AND step IN ('reserve-stock', 'charge-payment', 'confirm-order')`,
};

async function addMoments(
  moments: ReadonlyMap<number, Moments>,
  ids: readonly number[],
  database: string,
  sql: string,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(database) });
  await client.connect();
  const { rows } = await client.query<{ order_id: number; moment: string; at: Date }>(sql, [ids]);
  await client.end();
  for (const { order_id, moment, at } of rows) moments.get(order_id)?.set(moment, at.getTime());
}
