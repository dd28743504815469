import { randomUUID } from 'node:crypto';
import { callHttp, type HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { type Account, logInAsAdmin, newAccount, newProduct } from '../e2e/shop.ts';
import type { PlacedOrder } from './load.ts';
import { type Copy, startCopy } from './processes.ts';

/** Requests from one address in a minute. */
export const addressLimit = 20;

/** What a request of one kind was answered, so many times in a row. */
export interface Answers {
  readonly kind: string;
  /** How often each status came. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** Two gateways side by side, beside the one of the system, with a limit that can be reached; requests name the address they come from. */
export interface Gateways {
  /** Sends requests of every kind, one after the other, through the first gateway, each from an address of its own. */
  askForAll(count: number): Promise<readonly Answers[]>;
  /** How many requests from one new address are let through by both together, until both refuse. */
  countAdmitted(): Promise<number>;
  /** Resolves when both can look up sessions. */
  untilTheyUseRedis(): Promise<void>;
  /** Kills both and starts them again. */
  restart(): Promise<void>;
  readonly placed: readonly PlacedOrder[];
  stop(): Promise<void>;
}

const settings = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_ADDRESS_PER_MINUTE: String(addressLimit) };

export async function openGateways(stock: number): Promise<Gateways> {
  const [customer, admin] = [await newAccount(), await logInAsAdmin()];
  const productId = await newProduct(admin, stock);
  const placed: PlacedOrder[] = [];
  let copies = await startBoth();
  let addresses = 0;
  const nextAddress = () => {
    addresses += 1;
    return `10.0.${addresses >> 8}.${addresses & 255}`;
  };
  const call: Call = (method, path, { headers, ...options } = {}, { gateway = 0, address = nextAddress() } = {}) =>
    callHttp(copies[gateway]?.url ?? '', method, path, {
      ...options,
      headers: { ...headers, 'x-forwarded-for': address },
    });
  const kinds = kindsOf(call, { customer, admin, productId, placed });
  return {
    placed,
    askForAll: async (count) => {
      const answers: Answers[] = [];
      for (const [kind, ask] of Object.entries(kinds)) answers.push(await askFor(kind, count, ask));
      return answers;
    },
    countAdmitted: async () => {
      const address = nextAddress();
      let admitted = 0;
      for (let step = 0; step < 3 * addressLimit; step += 1) {
        const { status } = await call('GET', '/products/categories', {}, { gateway: step % 2, address });
        if (status === 200) admitted += 1;
      }
      return admitted;
    },
    untilTheyUseRedis: async () => {
      for (const gateway of [0, 1]) {
        const ask = () => call('GET', '/users?limit=1', { token: admin.token }, { gateway });
        await waitFor('sessions can be looked up', async () => (await ask()).status === 200, 60_000, 50);
      }
    },
    restart: async () => {
      await Promise.all(copies.map((copy) => copy.kill()));
      copies = await startBoth();
    },
    stop: async () => {
      await Promise.all(copies.map((copy) => copy.stop()));
    },
  };
}

type Call = (
  method: string,
  path: string,
  options?: Parameters<typeof callHttp>[3],
  from?: { readonly gateway?: number; readonly address?: string },
) => Promise<HttpAnswer>;

interface Asker {
  readonly customer: Account;
  readonly admin: Account;
  readonly productId: number;
  readonly placed: PlacedOrder[];
}

export const adminKind = 'GET /users as an admin';

function kindsOf(call: Call, { customer, admin, productId, placed }: Asker): Record<string, () => Promise<HttpAnswer>> {
  const order = { items: [{ product_id: productId, quantity: 1 }], shipping_address: '1 Test Street' };
  return {
    'GET /products/:product_id': () => call('GET', `/products/${productId}`),
    'GET /orders, signed in': () => call('GET', '/orders?limit=5', { token: customer.token }),
    'POST /auth/login': () =>
      call('POST', '/auth/login', { body: { email: customer.email, password: customer.password } }),
    'POST /orders': async () => {
      const headers = { 'idempotency-key': randomUUID() };
      const answer = await call('POST', '/orders', { token: customer.token, body: order, headers });
      const { id, saga_id: sagaId } = answer.body;
      if (answer.status === 201) placed.push({ id, sagaId, customer, token: undefined });
      return answer;
    },
    [adminKind]: () => call('GET', '/users?limit=3', { token: admin.token }),
  };
}

function startBoth(): Promise<readonly Copy[]> {
  return Promise.all([0, 1].map(() => startCopy('gateway', settings)));
}

async function askFor(kind: string, count: number, ask: () => Promise<HttpAnswer>): Promise<Answers> {
  const statuses: Record<number, number> = {};
  const times: number[] = [];
  for (let step = 0; step < count; step += 1) {
    const since = performance.now();
    const { status } = await ask();
    times.push(performance.now() - since);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  times.sort((a, b) => a - b);
  return { kind, statuses, medianMs: times[Math.floor(times.length / 2)] ?? 0, slowestMs: times.at(-1) ?? 0 };
}
