import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { callGateway, logInAsAdmin, newAccount, newProduct, placeOrder, setting } from '../e2e/shop.ts';

/** Looks into everything that was logged since the system started: by this test and by those before it. */
describe('the logs of all processes', () => {
  it('have no password, token, card token, key or hash', async () => {
    const admin = await logInAsAdmin();
    const account = await newAccount();
    const productId = await newProduct(admin, 5);
    const { body: session } = await callGateway('POST', '/auth/login', {
      body: { email: account.email, password: account.password },
    });
    const order = await placeOrder(account, { productId, token: 'tok_decline', headers: { prefer: 'wait=15' } });
    await callGateway('POST', '/auth/login', { body: { email: account.email, password: 'a-secret-mistyped' } });
    await callGateway('POST', '/auth/refresh', { body: { refresh_token: 'a-secret-refresh-token' } });
    await callGateway('GET', '/users/me', { token: 'a.secret.token' });
    await callGateway('GET', '/products?a-secret-query=1');
    await waitFor('the last request is logged', async () => {
      const { headers } = await callGateway('GET', '/products?limit=1');
      return readLogs().some(({ text }) => text.includes(headers.get('x-request-id') ?? '-'));
    });

    expect(order.status).to.equal(201);
    const secrets: Readonly<Record<string, RegExp>> = {
      password: new RegExp(escaped(account.password, setting('E2E_ADMIN_PASSWORD'), 'a-secret-')),
      'access token': /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/,
      'refresh token': new RegExp(escaped(session.refresh_token)),
      'card token': /\btok_[a-z]/,
      'password hash': /\$argon2/,
      'private key': /PRIVATE KEY/,
      'password of a server': /(?:postgres|amqp|redis):\/\/[^:/\s]*:(?!\*\*\*@)[^@\s]+@/,
    };
    const logs = readLogs();
    expect(logs.length).to.be.greaterThan(7);
    for (const { file, text } of logs) {
      for (const [name, pattern] of Object.entries(secrets)) {
        const found = pattern.exec(text);
        expect(found && text.slice(Math.max(0, found.index - 200), found.index + 60), `${name} in ${file}`).to.equal(
          null,
        );
      }
    }
  }).timeout(60_000);
});

function readLogs(): { file: string; text: string }[] {
  const folder = setting('E2E_LOG_FOLDER');
  return globSync('*.log', { cwd: folder }).map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
}

function escaped(...texts: readonly string[]): string {
  return texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
}
