import { randomBytes, randomUUID } from 'node:crypto';
import { openAdmin, type Session } from '../demo/demo-customer.ts';
import type { ShopClient } from '../demo/shop-client.ts';
import { makePassword } from '../instance/secrets.ts';
import { waitUntil } from '../os/wait-until.ts';

export type Product = { id: number; available_quantity: number };
export type Order = { id: number; status: string; status_reason: string | null; payment_status: string | null };
export type Saga = { id: string; type: string; state: string; steps?: { name: string; state: string }[] };

/** What the steps of the smoke test share: who asks, and what the steps before have made. */
export type Smoke = {
  shop: ShopClient;
  admin: { email: string; password: string };
  managementUrl: string | undefined;
  /** Where the mail sink is, if there is one. */
  mailUrl: string | undefined;
  customer?: Session;
  operator?: Session;
  product?: Product;
};

const settleDeadlineMs = 60_000;

/** Registers a customer of its own and logs it in. */
export async function registerAndLogIn(shop: ShopClient): Promise<Session> {
  const username = `smoke-${randomBytes(5).toString('hex')}`;
  const account = { email: `${username}@customer.example`, username, password: makePassword() };
  await shop.get('POST', '/auth/register', { body: account });
  return openAdmin(shop, account);
}

/** The thing that an earlier step has made; throws when that step has failed. */
export function made<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`there is no ${what}: an earlier step failed`);
  return thing;
}

/** Places an order for one piece, paid with the sandbox's token, and waits until it is in the state. */
export async function placeOrder(smoke: Smoke, token: string, status: string): Promise<Order> {
  const customer = made(smoke.customer, 'customer');
  const placed = await smoke.shop.get<Order>('POST', '/orders', {
    token: customer.token,
    headers: { 'idempotency-key': randomUUID() },
    body: {
      items: [{ product_id: made(smoke.product, 'product').id, quantity: 1 }],
      shipping_address: '1 Smoke Street',
      payment_method: { provider: 'sandbox', token },
    },
  });
  return followOrder(smoke, placed.id, status);
}

/** Asks for the order until it is in the state; throws with the state it has come to when that takes too long. */
export async function followOrder({ shop, customer }: Smoke, id: number, status: string): Promise<Order> {
  let order: Order | undefined;
  const isThere = async () => {
    order = await shop.get<Order>('GET', `/orders/${id}`, { token: customer?.token });
    return order.status === status;
  };
  if ((await waitUntil(isThere, { deadlineMs: settleDeadlineMs, everyMs: 100 })) && order) return order;
  throw new Error(`order ${id} is ${order?.status} (${order?.status_reason}) instead of ${status}`);
}

/** Asks for the saga of the order until it has ended in the state. */
export async function followSaga(smoke: Smoke, orderId: number, type: string, state: string): Promise<Saga> {
  const token = made(smoke.operator, 'administrator').token;
  let saga: Saga | undefined;
  const isThere = async () => {
    const path = `/admin/sagas?order_id=${orderId}&type=${type}`;
    const { items } = await smoke.shop.get<{ items: Saga[] }>('GET', path, { token });
    saga = items[0];
    return saga?.state === state;
  };
  if ((await waitUntil(isThere, { deadlineMs: settleDeadlineMs, everyMs: 200 })) && saga) {
    return smoke.shop.get<Saga>('GET', `/admin/sagas/${saga.id}`, { token });
  }
  throw new Error(`the ${type} saga of order ${orderId} is ${saga?.state ?? 'not there'} instead of ${state}`);
}
