import { expect } from 'chai';
import { accessMatrix, roles } from './access-matrix.ts';

/** What the shop was asked for, and who is meant to be let in. */
const asked = [
  'post /auth/register',
  'post /auth/login',
  'get /users/:user_id',
  'put /users/:user_id',
  'get /users/:user_id/orders',
  'get /products',
  'get /products/:product_id',
  'post /products',
  'put /products/:product_id',
  'delete /products/:product_id',
  'get /products/search',
  'get /products/categories',
  'post /orders',
  'get /orders/:order_id',
  'get /orders/user/:user_id',
  'put /orders/:order_id/status',
  'post /orders/:order_id/cancel',
];
const forAdmins = ['post /products', 'put /products/:product_id', 'delete /products/:product_id'];

describe('the access matrix', () => {
  it('has one row for each endpoint that the shop was asked for', () => {
    const rows = accessMatrix.map(({ route }) => route);
    expect(rows).to.include.members(asked);
    expect(new Set(rows).size).to.equal(rows.length);
  });

  it('lets admins alone change the catalogue, and shows each success to somebody', () => {
    const rowOf = (route: string) => accessMatrix.find((row) => row.route === route)?.statuses;
    for (const route of forAdmins) {
      const { owner, stranger, nobody, admin } = rowOf(route) ?? {};
      expect([owner, stranger, nobody], route).to.deep.equal([403, 403, 401]);
      expect(admin, route).to.be.lessThan(300);
    }
    for (const route of asked) {
      const statuses = rowOf(route);
      expect(statuses && Math.min(...roles.map((role) => statuses[role])), route).to.be.within(200, 299);
    }
  });
});
