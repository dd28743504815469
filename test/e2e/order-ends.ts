import { isDeepStrictEqual } from 'node:util';
import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import { reportLines } from '@sagacity/audit/print-report';
import { runAudit } from '@sagacity/audit/run-audit';
import type { Db } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { openAsAdmin } from './holds.ts';
import { type Customer, setting, stockOf } from './shop.ts';

/** An order of two lamps out of five, 39.98 together where they cost anything. */
export interface TestOrder {
  readonly id: number;
  readonly sagaId: string;
  readonly productId: number;
}

/** Where everything about an order must stand when nothing is under way any more. */
export interface End {
  readonly status: string;
  /** As `status by actor`. */
  readonly history: readonly string[];
  readonly stock: keyof typeof stockEnds;
  readonly money: keyof typeof moneyEnds;
  /** Of each saga its state and what it has sent, each command once; going back is `undo`. */
  readonly sagas: Readonly<Record<string, string>>;
}

const stockEnds = { 'all there': { onHand: 5, available: 5 }, 'two sold': { onHand: 3, available: 3 } } as const;

/** What the payment, the provider's books and the order say of the money, in cents. */
const moneyEnds = {
  'nothing to pay': { payments: [], books: [], paymentStatus: 'not_required' },
  'nothing charged': { payments: [], books: [], paymentStatus: 'pending' },
  'card declined': { payments: ['failed, captured 0, refunded 0'], books: [], paymentStatus: 'failed' },
  'hold given back': {
    payments: ['voided, captured 0, refunded 0'],
    books: ['voided, captured 0, refunded 0'],
    paymentStatus: 'voided',
  },
  'paid and refunded': {
    payments: ['refunded, captured 3998, refunded 3998'],
    books: ['held, captured 3998, refunded 3998'],
    paymentStatus: 'refunded',
  },
  paid: {
    payments: ['captured, captured 3998, refunded 0'],
    books: ['held, captured 3998, refunded 0'],
    paymentStatus: 'captured',
  },
} as const;

export interface OrderEnds {
  /** What the order's sagas have sent so far, as `End` has it. */
  sagas(order: TestOrder): Promise<Record<string, string>>;
  /** Waits until everything about the order stands as it must, and the audit of all orders is clean. */
  expectEnd(order: TestOrder, end: End): Promise<void>;
  close(): Promise<void>;
}

export function openOrderEnds(customer: Customer, admin: Customer): OrderEnds {
  const databases = openDatabases(setting('AUDIT_DATABASE_URLS'));
  const payments = openAsAdmin('payments_db');
  return {
    sagas: (order) => sagasOf(admin, order),
    expectEnd: async (order, end) => {
      await untilSame(() => lookAt(order, { payments, customer, admin }), asViewed(end), 80_000);
      await untilAuditIsClean(databases);
    },
    close: async () => {
      await closeDatabases(databases);
      await payments.destroy();
    },
  };
}

function asViewed({ money, stock, ...end }: End) {
  return { ...end, ...moneyEnds[money], stock: stockEnds[stock], statusInUserHistory: end.status };
}

interface Views {
  readonly payments: Db;
  readonly customer: Customer;
  readonly admin: Customer;
}

async function lookAt(order: TestOrder, { payments, customer, admin }: Views) {
  const { body: own } = await customer.call('GET', `/orders/${order.id}`);
  const { body: history } = await customer.call('GET', `/orders/${order.id}/history`);
  const { body: paid } = await customer.call('GET', `/orders/${order.id}/payments`);
  const { body: orders } = await customer.call('GET', `/users/${customer.id}/orders?limit=100`);
  return {
    status: own.status,
    history: history.items.map(({ to_status, actor }: { to_status: string; actor: string }) => {
      const who = actor === `user ${customer.id}` ? 'customer' : actor.replace(/ \d+$/, '');
      return `${to_status} by ${who}`;
    }),
    sagas: await sagasOf(admin, order),
    stock: await stockOf(admin, order.productId),
    paymentStatus: own.payment_status,
    payments: paid.items.map((payment: { state: string; captured_amount: number; refunded_amount: number }) =>
      inWords(payment.state, payment.captured_amount * 100, payment.refunded_amount * 100),
    ),
    books: await booksOf(payments, order),
    statusInUserHistory: orders.items.find(({ order_id }: { order_id: number }) => order_id === order.id)?.status,
  };
}

/** What the provider really moved: its books stand for another company's. */
async function booksOf(payments: Db, { id }: TestOrder): Promise<string[]> {
  const { rows } = await payments.raw<{ rows: { voided: boolean; captured: number; refunded: number }[] }>(
    'SELECT voided, captured_cents AS captured, refunded_cents AS refunded FROM sandbox.charges WHERE order_id = ?',
    [id],
  );
  return rows.map(({ voided, captured, refunded }) => inWords(voided ? 'voided' : 'held', captured, refunded));
}

function inWords(state: string, capturedCents: number, refundedCents: number): string {
  return `${state}, captured ${Math.round(capturedCents)}, refunded ${Math.round(refundedCents)}`;
}

async function sagasOf(admin: Customer, { id }: TestOrder): Promise<Record<string, string>> {
  const { body } = await admin.call('GET', `/admin/sagas?order_id=${id}`);
  const told: Record<string, string> = {};
  for (const { id: sagaId, type } of body.items) {
    const { body: saga } = await admin.call('GET', `/admin/sagas/${sagaId}`);
    const sent: string[] = saga.timeline
      .filter(({ kind }: { kind: string }) => kind === 'command.sent')
      .map(({ step, direction }: { step: string; direction: string }) =>
        direction === 'compensate' ? `undo ${step}` : step,
      );
    told[type] = `${saga.state}: ${[...new Set(sent)].join(', ')}`;
  }
  return told;
}

/** Looks until it sees what is wanted, and shows the difference when it never does. */
async function untilSame(look: () => Promise<object>, wanted: object, deadlineMs: number): Promise<void> {
  let seen: object = {};
  await waitFor(
    'everything stands as it must',
    async () => {
      seen = await look();
      return isDeepStrictEqual(seen, wanted);
    },
    deadlineMs,
  ).catch(() => expect(seen).to.deep.equal(wanted));
}

async function untilAuditIsClean(databases: Parameters<typeof runAudit>[0]): Promise<void> {
  let report = await runAudit(databases);
  const isClean = async () => {
    if (!report.clean) report = await runAudit(databases);
    return report.clean;
  };
  await waitFor('the audit is clean', isClean, 30_000).catch((error: unknown) => {
    throw new Error(reportLines(report).join('\n'), { cause: error });
  });
}
