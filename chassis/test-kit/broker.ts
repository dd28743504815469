import { randomBytes } from 'node:crypto';
import { testServer } from './servers.ts';

/** A virtual host of a test's own. */
export interface TestVhost {
  /** AMQP URL of the virtual host. */
  readonly url: string;
  readonly name: string;
  /** Calls the management API below /api, for what AMQP does not tell; `%2F`-encode names in the path. */
  management(method: string, path: string, body?: object): Promise<unknown>;
  drop(): Promise<void>;
}

/** Makes a virtual host in which the test is alone; call it once per test file. */
export async function createVhost(): Promise<TestVhost> {
  const name = `test-${randomBytes(6).toString('hex')}`;
  const url = new URL(testServer('TEST_AMQP_URL'));
  url.pathname = `/${name}`;
  await management('PUT', `/vhosts/${name}`);
  await management('PUT', `/permissions/${name}/${url.username}`, { configure: '.*', write: '.*', read: '.*' });
  return { url: url.href, name, management, drop: async () => void (await management('DELETE', `/vhosts/${name}`)) };
}

async function management(method: string, path: string, body?: object): Promise<unknown> {
  const base = new URL(testServer('TEST_AMQP_MANAGEMENT_URL'));
  const credentials = Buffer.from(`${base.username}:${base.password}`).toString('base64');
  const answer = await fetch(`${base.origin}/api${path}`, {
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`management API: ${method} ${path} answered ${answer.status}`);
  const text = await answer.text();
  return text === '' ? undefined : JSON.parse(text);
}
