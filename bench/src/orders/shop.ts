import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { setting } from '../bench.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';

/** The shop had too much to do to take an order. */
export class NotAcceptedError extends Error {}

/** The shop as its customers reach it: logged in customers, and products with stock that does not end. */
export interface Shop {
  /** Places an order of two products; returns its id. Throws NotAcceptedError when the shop sends the customer away for now. */
  placeOrder(payment: string): Promise<number>;
  readonly productIds: readonly number[];
  /** Logs all customers in again: a bench lasts longer than an access token. */
  logInAgain(): Promise<void>;
  close(): void;
}

const customers = 10;
const products = 100;
const connections = 128;
const setUpAttempts = 20;
const password = 'a long enough passphrase';

export async function openShop(): Promise<Shop> {
  const client = createHttpClient(setting('E2E_GATEWAY_URL'), connections);
  const admin = await logIn(client, setting('E2E_ADMIN_EMAIL'), setting('E2E_ADMIN_PASSWORD'));
  const run = randomBytes(4).toString('hex');
  const names = Array.from({ length: customers }, (_, n) => `bench-${run}-${n}`);
  let tokens = await inTurns(customers, (n) => newCustomer(client, names[n] ?? ''));
  const productIds = await inTurns(products, (n) => newProduct(client, admin, `BENCH-${run}-${n}`));
  let placed = 0;
  return {
    productIds,
    logInAgain: async () => {
      tokens = await inTurns(customers, (n) => logIn(client, emailOf(names[n] ?? ''), password));
    },
    placeOrder: async (payment) => {
      placed += 1;
      const product = (step: number) => productIds[(placed * step) % products] ?? 0;
      const [first, second] = [product(7), product(13)];
      const lines = first === second ? [first] : [first, second];
      const { status, body } = await client.call('POST', '/orders', {
        token: tokens[placed % customers] ?? '',
        body: {
          items: lines.map((product_id) => ({ product_id, quantity: 1 })),
          shipping_address: '1 Bench Street, Benchville',
          payment_method: { provider: 'sandbox', token: payment },
        },
      });
      if (status === 429 || status === 503) throw new NotAcceptedError(body);
      if (status !== 201) throw new Error(`POST /orders was answered ${status}: ${body}`);
      return (JSON.parse(body) as { id: number }).id;
    },
    close: () => client.close(),
  };
}

/** Four at a time: passwords are hashed by few threads, and what waits longer is refused. */
async function inTurns<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < count; n = next++) results.push(await work(n));
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return results;
}

async function newCustomer(client: HttpClient, name: string): Promise<string> {
  const email = emailOf(name);
  await ask(client, 'POST', '/auth/register', { body: { email, username: name, password, first_name: 'Ada' } });
  return logIn(client, email, password);
}

function emailOf(name: string): string {
  return `${name}@example.test`;
}

async function logIn(client: HttpClient, email: string, secret: string): Promise<string> {
  const body = { email, password: secret };
  return (await ask<{ access_token: string }>(client, 'POST', '/auth/login', { body })).access_token;
}

async function newProduct(client: HttpClient, token: string, sku: string): Promise<number> {
  const body = { name: 'Bench lamp', price: 19.99, stock_quantity: 1_000_000, sku };
  return (await ask<{ id: number }>(client, 'POST', '/products', { token, body })).id;
}

/** Asks again when the answer is 503: a system that has just started may take a moment. */
async function ask<T>(client: HttpClient, method: string, path: string, options: object): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, body } = await client.call(method, path, options);
    if (status < 300) return JSON.parse(body) as T;
    if (status !== 503 || attempt === setUpAttempts)
      throw new Error(`${method} ${path} was answered ${status}: ${body}`);
    await delay(500);
  }
}
