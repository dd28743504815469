export const roles = ['owner', 'stranger', 'admin', 'nobody'] as const;

/** owner: whose the thing is. stranger: another customer. admin: the shop. nobody: without a token. */
export type Role = (typeof roles)[number];

export interface AccessRow {
  /** As in the gateway's table: `get /orders/:order_id`. */
  readonly route: string;
  readonly statuses: Readonly<Record<Role, number>>;
}

const row = (route: string, owner: number, stranger: number, admin: number, nobody: number): AccessRow => ({
  route,
  statuses: { owner, stranger, admin, nobody },
});

const anybody = (route: string, status: number) => row(route, status, status, status, status);
const forAdmins = (route: string, status: number) => row(route, 403, 403, status, 401);
const forOwners = (route: string, status: number) => row(route, status, 404, status, 401);

/** The status of every operation, by who calls it for a thing of the owner. What is somebody else's is 404, not 403: it does not exist for a stranger. */
export const accessMatrix: readonly AccessRow[] = [
  anybody('post /auth/register', 201),
  anybody('post /auth/login', 200),
  anybody('post /auth/refresh', 200),
  row('post /auth/logout', 204, 204, 204, 401),
  anybody('get /.well-known/jwks.json', 200),
  forAdmins('get /users', 200),
  row('get /users/me', 200, 200, 200, 401),
  forOwners('get /users/:user_id', 200),
  forOwners('put /users/:user_id', 200),
  forOwners('delete /users/:user_id', 204),
  row('put /users/:user_id/password', 204, 404, 404, 401),
  forAdmins('get /users/:user_id/changes', 200),
  forOwners('get /users/:user_id/orders', 200),
  forOwners('get /users/:user_id/notifications', 200),
  anybody('get /products', 200),
  anybody('get /products/search', 200),
  anybody('get /products/categories', 200),
  forAdmins('post /products/categories', 201),
  forAdmins('put /products/categories/:category_id', 200),
  forAdmins('delete /products/categories/:category_id', 204),
  forAdmins('post /products', 201),
  anybody('get /products/:product_id', 200),
  forAdmins('put /products/:product_id', 200),
  forAdmins('delete /products/:product_id', 204),
  forAdmins('post /products/:product_id/stock', 200),
  forAdmins('post /products/import', 415),
  forAdmins('get /products/imports/:import_id', 404),
  row('post /orders', 201, 201, 201, 401),
  row('get /orders', 200, 200, 200, 401),
  forOwners('get /orders/user/:user_id', 200),
  forOwners('get /orders/:order_id', 200),
  forOwners('get /orders/:order_id/history', 200),
  forOwners('get /orders/:order_id/events', 200),
  forOwners('get /orders/:order_id/payments', 200),
  forAdmins('put /orders/:order_id/status', 200),
  forOwners('post /orders/:order_id/cancel', 202),
  // The provider's signature decides, whoever sends it.
  anybody('post /payments/webhooks/:provider', 401),
  forOwners('get /payments/:payment_id', 200),
  forAdmins('post /payments/:payment_id/refunds', 404),
  forAdmins('get /admin/sagas', 200),
  forAdmins('get /admin/sagas/stats', 200),
  forAdmins('get /admin/sagas/:saga_id', 200),
  forAdmins('post /admin/sagas/:saga_id/actions', 409),
  forAdmins('get /admin/sagas/stream', 400),
  forAdmins('get /admin/definitions', 200),
  forAdmins('get /admin/dead-letters', 200),
  forAdmins('post /admin/dead-letters/:dead_letter_id/replay', 404),
  forAdmins('get /admin/services', 200),
  forAdmins('get /admin/audit', 200),
  forAdmins('post /admin/audit', 200),
  forAdmins('get /admin/outbox', 200),
];
