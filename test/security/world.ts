import { callHttp, type HttpAnswer } from '@sagacity/chassis/test-kit/http';
import type { Role } from '../../api-docs/src/access-matrix.ts';
import { type Account, logInAsAdmin, newAccount, newProduct } from '../e2e/shop.ts';
import { confirmedOrder, requests, type Subject } from './requests.ts';

/** An owner with an order, a stranger and an admin: what the tables about access are called with. */
export interface World {
  readonly subject: Omit<Subject, 'caller'>;
  readonly callers: ReadonlyMap<Role, Account>;
  /** Calls a route of the gateway's table in a role, at the gateway or straight at a service. */
  call(url: string, role: Role, route: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
}

export async function createWorld(): Promise<World> {
  const [owner, stranger, admin] = await Promise.all([newAccount(), newAccount(), logInAsAdmin()]);
  const callers = new Map<Role, Account>([
    ['owner', owner],
    ['stranger', stranger],
    ['admin', admin],
  ]);
  const productId = await newProduct(admin, 1_000);
  const orderId = await confirmedOrder(owner, productId);
  const sagaId = (await owner.call('GET', `/orders/${orderId}`)).body.saga_id;
  const subject = { owner, admin, productId, orderId, sagaId };
  return {
    subject,
    callers,
    call: async (url, role, route, headers) => {
      const prepare = requests[route];
      if (!prepare) throw new Error(`there is no request for ${route}`);
      const caller = callers.get(role);
      const { path, call } = await prepare({ ...subject, caller });
      const method = route.split(' ')[0]?.toUpperCase() ?? '';
      const sent = { ...(caller ? { token: caller.token } : {}), ...call };
      return callHttp(url, method, path, { ...sent, headers: { ...sent.headers, ...headers } });
    },
  };
}
