import { randomBytes } from 'node:crypto';
import type { HttpCall } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { type Account, callGateway, newAccount, newProduct, placeOrder } from '../e2e/shop.ts';

/** A thing of the owner, and who calls for it. */
export interface Subject {
  readonly owner: Account;
  readonly admin: Account;
  /** Undefined for nobody. */
  readonly caller: Account | undefined;
  readonly productId: number;
  readonly orderId: number;
  readonly sagaId: string;
}

export interface PreparedRequest {
  readonly path: string;
  readonly call: HttpCall;
}

type Prepare = (subject: Subject) => PreparedRequest | Promise<PreparedRequest>;

const unique = () => randomBytes(6).toString('hex');

/** A well-formed request for every operation of the gateway's table, about things of the subject's owner. */
export const requests: Readonly<Record<string, Prepare>> = {
  'post /auth/register': () => {
    const name = `access-${unique()}`;
    return of('/auth/register', {
      email: `${name}@example.test`,
      username: name,
      password: 'a long enough passphrase',
    });
  },
  'post /auth/login': ({ owner }) => of('/auth/login', { email: owner.email, password: owner.password }),
  'post /auth/refresh': async ({ owner }) => {
    const { body } = await callGateway('POST', '/auth/login', {
      body: { email: owner.email, password: owner.password },
    });
    return of('/auth/refresh', { refresh_token: body.refresh_token });
  },
  'post /auth/logout': async ({ caller }) => {
    if (!caller) return of('/auth/logout');
    // A session of its own, since the caller still needs his.
    const { body } = await callGateway('POST', '/auth/login', {
      body: { email: caller.email, password: caller.password },
    });
    return { path: '/auth/logout', call: { token: body.access_token } };
  },
  'get /.well-known/jwks.json': () => of('/.well-known/jwks.json'),
  'get /users': () => of('/users?limit=3'),
  'get /users/me': () => of('/users/me'),
  'get /users/:user_id': ({ owner }) => of(`/users/${owner.id}`),
  'put /users/:user_id': ({ owner }) => of(`/users/${owner.id}`, { last_name: 'Lovelace' }),
  'delete /users/:user_id': async ({ owner, caller }) => {
    const leaving = await newAccount();
    return { path: `/users/${leaving.id}`, call: caller === owner ? { token: leaving.token } : {} };
  },
  'put /users/:user_id/password': async ({ owner, caller }) => {
    const account = await newAccount();
    const body = { current_password: account.password, new_password: 'another long passphrase' };
    return {
      path: `/users/${account.id}/password`,
      call: { body, ...(caller === owner ? { token: account.token } : {}) },
    };
  },
  'get /users/:user_id/changes': ({ owner }) => of(`/users/${owner.id}/changes`),
  'get /users/:user_id/orders': ({ owner }) => of(`/users/${owner.id}/orders`),
  'get /users/:user_id/notifications': ({ owner }) => of(`/users/${owner.id}/notifications`),
  'get /products': () => of('/products?limit=3'),
  'get /products/search': () => of('/products/search?q=lamp&limit=3'),
  'get /products/categories': () => of('/products/categories'),
  'post /products/categories': () => of('/products/categories', { name: `Access ${unique()}` }),
  'put /products/categories/:category_id': async ({ admin }) =>
    of(`/products/categories/${await newCategory(admin)}`, { description: 'changed' }),
  'delete /products/categories/:category_id': async ({ admin }) =>
    of(`/products/categories/${await newCategory(admin)}`),
  'post /products': () => of('/products', { name: 'Access lamp', price: 1.5, sku: `ACCESS-${unique()}` }),
  'get /products/:product_id': ({ productId }) => of(`/products/${productId}`),
  'put /products/:product_id': ({ productId }) => of(`/products/${productId}`, { description: 'changed' }),
  'delete /products/:product_id': async ({ admin }) => of(`/products/${await newProduct(admin, 1)}`),
  'post /products/:product_id/stock': ({ productId }) =>
    of(`/products/${productId}/stock`, { delta: 1, reason: 'found' }),
  // Files are streamed in other formats than JSON.
  'post /products/import': () => of('/products/import', { sku: 'X' }),
  'get /products/imports/:import_id': () => of('/products/imports/2000000000'),
  'post /orders': ({ productId }) =>
    of('/orders', { items: [{ product_id: productId, quantity: 1 }], shipping_address: '1 Access Street' }),
  'get /orders': () => of('/orders?limit=3'),
  'get /orders/user/:user_id': ({ owner }) => of(`/orders/user/${owner.id}?limit=3`),
  'get /orders/:order_id': ({ orderId }) => of(`/orders/${orderId}`),
  'get /orders/:order_id/history': ({ orderId }) => of(`/orders/${orderId}/history`),
  // A stream ends with the order: this one has ended.
  'get /orders/:order_id/events': async ({ owner, productId }) =>
    of(`/orders/${await rejectedOrder(owner, productId)}/events`),
  'get /orders/:order_id/payments': ({ orderId }) => of(`/orders/${orderId}/payments`),
  'put /orders/:order_id/status': async ({ owner, productId }) =>
    of(`/orders/${await confirmedOrder(owner, productId)}/status`, { status: 'processing' }),
  'post /orders/:order_id/cancel': async ({ owner, productId }) => {
    const { body } = await placeOrder(owner, { productId, token: 'tok_slow' });
    return of(`/orders/${body.id}/cancel`, {});
  },
  'post /payments/webhooks/:provider': () => of('/payments/webhooks/sandbox', { type: 'capture' }),
  'get /payments/:payment_id': async ({ owner, orderId }) => {
    const { body } = await owner.call('GET', `/orders/${orderId}/payments`);
    return of(`/payments/${body.items[0].id}`);
  },
  'post /payments/:payment_id/refunds': () => ({
    path: '/payments/2000000000/refunds',
    call: { body: { amount: 1, reason: 'to see who may' }, headers: { 'idempotency-key': unique() } },
  }),
  'get /admin/sagas': ({ orderId }) => of(`/admin/sagas?order_id=${orderId}`),
  'get /admin/sagas/stats': () => of('/admin/sagas/stats'),
  'get /admin/sagas/:saga_id': ({ sagaId }) => of(`/admin/sagas/${sagaId}`),
  'post /admin/sagas/:saga_id/actions': ({ sagaId }) =>
    of(`/admin/sagas/${sagaId}/actions`, { action: 'pause', reason: 'to see who may', expected_version: 1 }),
  // The stream has no end, so it is asked for what it refuses.
  'get /admin/sagas/stream': () => ({
    path: '/admin/sagas/stream',
    call: { headers: { 'last-event-id': 'yesterday' } },
  }),
  'get /admin/dead-letters': () => of('/admin/dead-letters'),
  'post /admin/dead-letters/:dead_letter_id/replay': () =>
    of('/admin/dead-letters/2000000000/replay', { reason: 'to see who may' }),
  'get /admin/audit': async ({ admin }) => {
    await admin.call('POST', '/admin/audit');
    return of('/admin/audit');
  },
  'get /admin/services': () => of('/admin/services'),
  'post /admin/audit': () => of('/admin/audit'),
  'get /admin/definitions': () => of('/admin/definitions'),
  'get /admin/outbox': () => of('/admin/outbox'),
};

function of(path: string, body?: object): PreparedRequest {
  return { path, call: body === undefined ? {} : { body } };
}

async function newCategory(admin: Account): Promise<number> {
  return (await admin.call('POST', '/products/categories', { body: { name: `Access ${unique()}` } })).body.id;
}

async function rejectedOrder(owner: Account, productId: number): Promise<number> {
  const headers = { prefer: 'wait=15' };
  const { body } = await placeOrder(owner, { productId, token: 'tok_decline', headers });
  return body.id;
}

/** Confirmed and paid, so that nothing of its saga is still going on. */
export async function confirmedOrder(owner: Account, productId: number): Promise<number> {
  const { body } = await placeOrder(owner, { productId, headers: { prefer: 'wait=15' } });
  await waitFor(
    `order ${body.id} is paid`,
    async () => (await owner.call('GET', `/orders/${body.id}`)).body.payment_status === 'captured',
    20_000,
  );
  return body.id;
}
