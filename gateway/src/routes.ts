/**
 * Everything that can be reached from outside, and by whom. What is not listed here is 404.
 * The services check token, role and ownership again themselves.
 */
export type Service =
  | 'user-service'
  | 'product-service'
  | 'order-service'
  | 'payment-service'
  | 'notification-service'
  | 'saga-orchestrator'
  | 'outbox-relay';

export type Access = 'public' | 'user' | 'admin';
export type LimitName = 'login' | 'register' | 'orders';

export interface GatewayRoute {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly service: Service;
  readonly access: Access;
  /** A limit beside those by address and user. */
  readonly limit?: LimitName;
  /** While Redis cannot tell whether a session was revoked, these are refused rather than let through. */
  readonly sensitive?: true;
  /** A token sent along is not looked at, so that an expired one is no obstacle to a new one. */
  readonly ignoresToken?: true;
  /** How large a body may be announced; 64 KB when missing. */
  readonly maxBodyBytes?: number;
  /** The answer is a stream of events that may stay open. */
  readonly stream?: true;
}

type Row = readonly [method: GatewayRoute['method'], path: string, access: Access, options?: Partial<GatewayRoute>];

const table: Readonly<Record<Service, readonly Row[]>> = {
  'user-service': [
    ['post', '/auth/register', 'public', { limit: 'register', ignoresToken: true }],
    ['post', '/auth/login', 'public', { limit: 'login', ignoresToken: true }],
    ['post', '/auth/refresh', 'public', { ignoresToken: true }],
    ['post', '/auth/logout', 'user'],
    ['get', '/.well-known/jwks.json', 'public', { ignoresToken: true }],
    ['get', '/users', 'admin'],
    ['get', '/users/me', 'user'],
    ['get', '/users/:user_id', 'user'],
    ['put', '/users/:user_id', 'user', { sensitive: true }],
    ['delete', '/users/:user_id', 'user', { sensitive: true }],
    ['put', '/users/:user_id/password', 'user', { sensitive: true }],
    ['get', '/users/:user_id/changes', 'admin'],
    ['get', '/users/:user_id/orders', 'user'],
  ],
  'notification-service': [['get', '/users/:user_id/notifications', 'user']],
  'product-service': [
    ['get', '/products', 'public'],
    ['get', '/products/search', 'public'],
    ['get', '/products/categories', 'public'],
    ['post', '/products/categories', 'admin'],
    ['put', '/products/categories/:category_id', 'admin'],
    ['delete', '/products/categories/:category_id', 'admin'],
    ['post', '/products', 'admin'],
    ['post', '/products/import', 'admin', { maxBodyBytes: 128 * 1024 * 1024 }],
    ['get', '/products/imports/:import_id', 'admin'],
    ['get', '/products/:product_id', 'public'],
    ['put', '/products/:product_id', 'admin'],
    ['delete', '/products/:product_id', 'admin'],
    ['post', '/products/:product_id/stock', 'admin'],
  ],
  'order-service': [
    ['post', '/orders', 'user', { limit: 'orders' }],
    ['get', '/orders', 'user'],
    ['get', '/orders/user/:user_id', 'user'],
    ['get', '/orders/:order_id', 'user'],
    ['get', '/orders/:order_id/history', 'user'],
    ['get', '/orders/:order_id/events', 'user', { stream: true }],
    ['get', '/orders/:order_id/payments', 'user'],
    ['put', '/orders/:order_id/status', 'admin'],
    ['post', '/orders/:order_id/cancel', 'user'],
  ],
  'payment-service': [
    ['post', '/payments/webhooks/:provider', 'public', { ignoresToken: true }],
    ['get', '/payments/:payment_id', 'user'],
    ['post', '/payments/:payment_id/refunds', 'admin'],
  ],
  'saga-orchestrator': [
    ['get', '/admin/sagas', 'admin'],
    ['get', '/admin/sagas/stats', 'admin'],
    ['get', '/admin/sagas/stream', 'admin', { stream: true }],
    ['get', '/admin/sagas/:saga_id', 'admin'],
    ['post', '/admin/sagas/:saga_id/actions', 'admin'],
    ['get', '/admin/definitions', 'admin'],
    ['get', '/admin/dead-letters', 'admin'],
    ['post', '/admin/dead-letters/:dead_letter_id/replay', 'admin'],
    ['get', '/admin/services', 'admin'],
    ['get', '/admin/audit', 'admin'],
    ['post', '/admin/audit', 'admin'],
  ],
  'outbox-relay': [['get', '/admin/outbox', 'admin']],
};

/** The table as a list, in the order in which paths are tried. */
export const routes: readonly GatewayRoute[] = Object.entries(table).flatMap(([service, rows]) =>
  rows.map(([method, path, access, options]) => ({
    ...(access === 'admin' ? { sensitive: true as const } : {}),
    ...options,
    method,
    path,
    access,
    service: service as Service,
  })),
);
