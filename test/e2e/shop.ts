import { randomBytes } from 'node:crypto';
import { callHttp, type HttpAnswer, type HttpCall } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';

/** Speaks to the running system as its users do: HTTP at the gateway and nothing else. */
export interface Customer {
  readonly id: number;
  readonly email: string;
  call(method: string, path: string, options?: HttpCall): Promise<HttpAnswer>;
}

/** Somebody with everything that he has to log in with. */
export interface Account extends Customer {
  readonly password: string;
  readonly token: string;
}

export interface OrderInput {
  readonly productId: number;
  readonly quantity?: number;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Access tokens live ten minutes; long scenarios must not stumble over their end. */
const renewAfterMs = 8 * 60_000;
const settled = new Set(['confirmed', 'rejected', 'cancelled']);
const password = 'a long enough passphrase';

/** Calls the gateway without a token. */
export function callGateway(method: string, path: string, options?: HttpCall): Promise<HttpAnswer> {
  return callHttp(setting('E2E_GATEWAY_URL'), method, path, options);
}

/** Registers somebody new and logs in. */
export function newCustomer(): Promise<Customer> {
  return newAccount();
}

export async function newAccount(): Promise<Account> {
  const { email } = await prepared('registration', () => {
    const name = `e2e-${randomBytes(6).toString('hex')}`;
    const body = { email: `${name}@example.test`, username: name, password, first_name: 'Ada' };
    return callGateway('POST', '/auth/register', { body });
  });
  return logIn(email, password);
}

export function logInAsAdmin(): Promise<Account> {
  return logIn(setting('E2E_ADMIN_EMAIL'), setting('E2E_ADMIN_PASSWORD'));
}

/** A product of the test's own, so that nobody else's orders touch its stock. */
export async function newProduct(admin: Customer, stock: number, price = 19.99): Promise<number> {
  const { id } = await prepared('product', () => {
    const sku = `E2E-${randomBytes(6).toString('hex')}`;
    return admin.call('POST', '/products', { body: { name: 'Test lamp', price, stock_quantity: stock, sku } });
  });
  return id;
}

export function placeOrder(
  customer: Customer,
  { productId, quantity = 1, token, headers }: OrderInput,
): Promise<HttpAnswer> {
  return customer.call('POST', '/orders', {
    body: {
      items: [{ product_id: productId, quantity }],
      shipping_address: '1 Test Street, Testville',
      ...(token === undefined ? {} : { payment_method: { provider: 'sandbox', token } }),
    },
    ...(headers === undefined ? {} : { headers }),
  });
}

/** Waits until an order is confirmed, rejected or cancelled, and returns it. */
export function untilSettled(customer: Customer, orderId: number, deadlineMs = 20_000): Promise<HttpAnswer['body']> {
  return waitFor(
    `order ${orderId} is settled`,
    async () => {
      const { body } = await customer.call('GET', `/orders/${orderId}`);
      return settled.has(body.status) && body;
    },
    deadlineMs,
  );
}

/** Stock on hand and available as the catalogue shows them, past its cache. */
export async function stockOf(admin: Customer, productId: number): Promise<{ onHand: number; available: number }> {
  const { body } = await admin.call('GET', `/products/${productId}`);
  return { onHand: body.stock_quantity, available: body.available_quantity };
}

export function setting(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run the end-to-end tests by "make test", which starts the system for them`);
  return value;
}

export async function logIn(email: string, secret: string): Promise<Account> {
  let session = await openSession(email, secret);
  return {
    id: session.userId,
    email,
    password: secret,
    get token() {
      return session.token;
    },
    call: async (method, path, options) => {
      if (performance.now() - session.sinceMs > renewAfterMs) session = await openSession(email, secret);
      return callGateway(method, path, { token: session.token, ...options });
    },
  };
}

async function openSession(email: string, secret: string) {
  const { access_token, user } = await prepared<{ access_token: string; user: { id: number } }>('login', () =>
    callGateway('POST', '/auth/login', { body: { email, password: secret } }),
  );
  return { token: access_token, userId: user.id, sinceMs: performance.now() };
}

/** What a test needs before it begins: asked for again while a service that was just started, or is overloaded, says 503 or 504. */
function prepared<T = HttpAnswer['body']>(what: string, call: () => Promise<HttpAnswer>): Promise<T> {
  return waitFor(
    `${what} is answered`,
    async () => {
      const { status, body } = await call();
      if (status < 300) return body;
      if (status === 502 || status === 503 || status === 504) return false;
      throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`);
    },
    60_000,
    200,
  );
}
