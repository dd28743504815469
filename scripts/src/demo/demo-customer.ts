import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { readJson, writeJson } from '../instance/json-file.ts';
import { makePassword } from '../instance/secrets.ts';
import { refused, type ShopClient } from './shop-client.ts';

export type Session = { token: string; userId: number; email: string; isNew: boolean };

type Account = { email: string; username: string; password: string };
type LoggedIn = { access_token: string; user: { id: number } };

/** Logs in as the customer of an earlier demo, or registers one: registrations are limited to a few an hour. */
export async function openCustomer(instance: Instance, shop: ShopClient): Promise<Session> {
  const path = join(instance.folder, 'demo-customer.json');
  const known = readJson<Account>(path);
  if (known) {
    const { status, body } = await logIn(shop, known);
    if (status === 200) return session(known, body, false);
    // Its data may be gone; any other reason is not ours to get around.
    if (status !== 401) throw refused('POST /auth/login', status, body);
  }
  const name = `demo-${randomBytes(4).toString('hex')}`;
  const account = { email: `${name}@customer.example`, username: name, password: makePassword() };
  await shop.get('POST', '/auth/register', { body: { ...account, first_name: 'Demo' } });
  writeJson(path, account);
  return session(account, await shop.get<LoggedIn>('POST', '/auth/login', { body: credentials(account) }), true);
}

/** Logs in as the first administrator. */
export async function openAdmin(shop: ShopClient, account: { email: string; password: string }): Promise<Session> {
  return session(account, await shop.get<LoggedIn>('POST', '/auth/login', { body: credentials(account) }), false);
}

function logIn(shop: ShopClient, account: Account) {
  return shop.call<LoggedIn & { code?: string }>('POST', '/auth/login', { body: credentials(account) });
}

function credentials({ email, password }: { email: string; password: string }) {
  return { email, password };
}

function session({ email }: { email: string }, { access_token, user }: LoggedIn, isNew: boolean): Session {
  return { token: access_token, userId: user.id, email, isNew };
}
