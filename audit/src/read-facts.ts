import type { Db } from '@sagacity/chassis/db/database';
import { toCents } from '@sagacity/chassis/money/cents';
import type {
  Facts,
  OpenAttemptFact,
  OrderFact,
  OutboxFact,
  PaymentFact,
  ReservationFact,
  SagaFact,
  StockFault,
} from './facts.ts';
import { UnreadableDatabase } from './unreadable-database.ts';

/** The six databases, each opened as a role that may read. */
export interface AuditDatabases {
  readonly users_db: Db;
  readonly products_db: Db;
  readonly orders_db: Db;
  readonly payments_db: Db;
  readonly notifications_db: Db;
  readonly sagas_db: Db;
}

/** Reads with plain SELECTs, which wait for nobody and keep nobody waiting. */
export async function readFacts(databases: AuditDatabases): Promise<Facts> {
  const sagas = await readSagas(databases);
  const orders = await readOrders(databases);
  const [payments, openAttempts, reservations, stock, outboxes] = await Promise.all([
    readPayments(databases),
    readOpenAttempts(databases),
    readReservations(databases),
    readStock(databases),
    Promise.all((Object.keys(databases) as (keyof AuditDatabases)[]).map((name) => readOutbox(databases, name))),
  ]);
  return { sagas, orders, payments, openAttempts, reservations, outboxes, ...stock };
}

async function rowsOf<T>(databases: AuditDatabases, name: keyof AuditDatabases, sql: string): Promise<T[]> {
  const { rows } = await databases[name].raw<{ rows: T[] }>(sql).catch((error: unknown) => {
    throw new UnreadableDatabase(name, error);
  });
  return rows;
}

function readSagas(databases: AuditDatabases): Promise<SagaFact[]> {
  return rowsOf(
    databases,
    'sagas_db',
    `SELECT id, type, order_id AS "orderId", phase, state, attention_code AS attention,
       extract(epoch FROM clock_timestamp() - created_at)::int AS "ageSeconds"
     FROM sagas`,
  );
}

async function readOrders(databases: AuditDatabases): Promise<OrderFact[]> {
  type Row = Omit<OrderFact, 'totalCents'> & { readonly total: string };
  const rows = await rowsOf<Row>(
    databases,
    'orders_db',
    `SELECT o.id, o.status, o.total_amount AS total, o.saga_id AS "sagaId",
       extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - o.created_at)::int AS "ageSeconds", coalesce(i.wanted, '{}') AS wanted
     FROM orders o
     LEFT JOIN (
       SELECT order_id, jsonb_object_agg(product_id, quantity) AS wanted
       FROM (SELECT order_id, product_id, sum(quantity)::int AS quantity FROM order_items GROUP BY 1, 2) sums
       GROUP BY 1
     ) i ON i.order_id = o.id`,
  );
  return rows.map(({ total, ...order }) => ({ ...order, totalCents: toCents(total) }));
}

function readPayments(databases: AuditDatabases): Promise<PaymentFact[]> {
  return rowsOf(
    databases,
    'payments_db',
    `SELECT id, order_id AS "orderId", state, amount_cents AS "amountCents", captured_cents AS "capturedCents",
       refunded_cents AS "refundedCents",
       coalesce((SELECT sum(r.amount_cents) FROM refunds AS r
         WHERE r.payment_id = p.id AND r.state = 'succeeded' AND r.requested_by LIKE 'user-%'), 0)::bigint AS "grantedCents"
     FROM payments AS p`,
  );
}

function readOpenAttempts(databases: AuditDatabases): Promise<OpenAttemptFact[]> {
  return rowsOf(
    databases,
    'payments_db',
    `SELECT a.id, p.order_id AS "orderId", a.operation, a.state,
       extract(epoch FROM clock_timestamp() - a.created_at)::int AS "ageSeconds"
     FROM payment_attempts a JOIN payments p ON p.id = a.payment_id WHERE a.state IN ('pending', 'unknown')`,
  );
}

function readReservations(databases: AuditDatabases): Promise<ReservationFact[]> {
  return rowsOf(
    databases,
    'products_db',
    'SELECT order_id AS "orderId", product_id AS "productId", quantity, state FROM stock_reservations',
  );
}

/** One statement, so that counters, ledger and reservations are of one moment. */
async function readStock(databases: AuditDatabases): Promise<{ products: number; stockFaults: StockFault[] }> {
  const rows = await rowsOf<StockFault & { products: number }>(
    databases,
    'products_db',
    `WITH ledger AS (
       SELECT product_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved FROM stock_movements GROUP BY 1
     ), held AS (
       SELECT product_id, sum(quantity) AS quantity FROM stock_reservations WHERE state = 'reserved' GROUP BY 1
     ), compared AS (
       SELECT p.id AS "productId", p.stock_quantity AS "onHand", p.reserved, coalesce(l.on_hand, 0)::int AS "ledgerOnHand",
         coalesce(l.reserved, 0)::int AS "ledgerReserved", coalesce(h.quantity, 0)::int AS held
       FROM products p LEFT JOIN ledger l ON l.product_id = p.id LEFT JOIN held h ON h.product_id = p.id
     )
     SELECT (SELECT count(*)::int FROM products) AS products, faults.*
     FROM (SELECT 1) one LEFT JOIN compared faults
       ON faults."onHand" <> faults."ledgerOnHand" OR faults.reserved <> faults."ledgerReserved" OR faults.reserved <> faults.held`,
  );
  return { products: rows[0]?.products ?? 0, stockFaults: rows.filter(({ productId }) => productId !== null) };
}

async function readOutbox(databases: AuditDatabases, database: keyof AuditDatabases): Promise<OutboxFact> {
  const [row] = await rowsOf<Omit<OutboxFact, 'database'>>(
    databases,
    database,
    `SELECT count(*)::int AS waiting,
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::int AS "oldestSeconds",
       (SELECT count(*)::int FROM outbox_dead) AS dead
     FROM outbox`,
  );
  return { database, waiting: row?.waiting ?? 0, oldestSeconds: row?.oldestSeconds ?? 0, dead: row?.dead ?? 0 };
}
