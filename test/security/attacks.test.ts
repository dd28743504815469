import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { expect } from 'chai';
import { type Account, callGateway, logInAsAdmin, newAccount, newProduct, placeOrder } from '../e2e/shop.ts';
import { exchange, raw } from './raw-requests.ts';

/** Nothing of the inside may be in an answer: no stack, no path, no address of a server, no SQL. */
const inside =
  /node_modules|\.ts:\d|at \w+ \(|127\.0\.0\.1|localhost|SELECT |INSERT |violates|constraint|ECONN|\$argon2/;

describe('the shop, attacked through the gateway', () => {
  let admin: Account;
  let customer: Account;
  let stranger: Account;
  let productId: number;

  before(async function () {
    this.timeout(60_000);
    [admin, customer, stranger] = await Promise.all([logInAsAdmin(), newAccount(), newAccount()]);
    productId = await newProduct(admin, 100);
  });

  describe('by fields that are not for the client', () => {
    const forbidden: readonly (readonly [string, string, () => object])[] = [
      ['POST', '/auth/register', () => ({ ...registration(), role: 'admin' })],
      ['POST', '/auth/register', () => ({ ...registration(), is_active: false, id: 1 })],
      ['POST', '/orders', () => ({ ...order(), user_id: admin.id })],
      ['POST', '/orders', () => ({ ...order(), status: 'confirmed', payment_status: 'captured' })],
      ['POST', '/orders', () => ({ ...order(), total_amount: 0.01 })],
      ['POST', '/orders', () => ({ ...order(), items: [{ product_id: productId, quantity: 1, unit_price: 0.01 }] })],
      ['PUT', '/users/:me', () => ({ hashed_password: 'x' })],
      ['PUT', '/users/:me', () => ({ id: 1 })],
    ];
    for (const [index, [method, path, body]] of forbidden.entries()) {
      it(`refuses them: ${method} ${path} ${index + 1}`, async () => {
        const answer = await customer.call(method, path.replace(':me', String(customer.id)), { body: body() });
        expect([answer.status, answer.body.code]).to.deep.equal([400, 'request.invalid']);
      });
    }

    it('makes nobody an admin who is none', async () => {
      const answer = await customer.call('PUT', `/users/${customer.id}`, { body: { role: 'admin' } });
      expect(answer.status).to.equal(403);
      expect((await customer.call('GET', '/users/me')).body.role).to.equal('user');
    });

    it('reaches no prototype', async () => {
      for (const text of [
        '{"__proto__":{"role":"admin"},"first_name":"a"}',
        '{"constructor":{"prototype":{"role":"admin"}},"first_name":"a"}',
        '{"first_name":"a","__proto__":1}',
      ]) {
        const answer = await raw(customer, 'PUT', `/users/${customer.id}`, text);
        expect(answer.status, text).to.equal(400);
      }
      const query = await callGateway('GET', '/products?__proto__[limit]=1&constructor=1');
      expect(query.status).to.equal(400);
    });
  });

  describe('by what is not theirs', () => {
    it('tells what belongs to others and what does not exist apart for nobody', async () => {
      const { body: theirs } = await placeOrder(customer, { productId });
      const paths = (id: number) => [
        `/orders/${id}`,
        `/orders/${id}/history`,
        `/orders/${id}/payments`,
        `/orders/${id}/events`,
      ];
      for (const [index, path] of paths(theirs.id).entries()) {
        const [foreign, absent] = [
          await stranger.call('GET', path),
          await stranger.call('GET', paths(2_000_000_000)[index] ?? ''),
        ];
        expect(anonymous(foreign)).to.deep.equal(anonymous(absent));
      }
    });

    it('answers an unknown user and a wrong password the same, in all but the request id', async () => {
      const answers = await Promise.all([
        callGateway('POST', '/auth/login', { body: { email: customer.email, password: 'not the passphrase' } }),
        callGateway('POST', '/auth/login', { body: { email: 'nobody@example.test', password: 'not the passphrase' } }),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal([401, 401]);
      expect(anonymous(answers[0])).to.deep.equal(anonymous(answers[1]));
      expect([...answers[0].headers.keys()].sort()).to.deep.equal([...answers[1].headers.keys()].sort());
    });

    it('shows no secret in any answer about a user', async () => {
      const text = JSON.stringify([
        (await customer.call('GET', '/users/me')).body,
        (await admin.call('GET', `/users/${customer.id}`)).body,
        (await admin.call('GET', '/users?limit=100')).body,
      ]);
      expect(text).not.to.match(/password|argon2|refresh_token/);
    });
  });

  describe('by more than is meant', () => {
    const tooMuch: Readonly<Record<string, string>> = {
      'a page of a million': '/products?limit=1000000',
      'a page of none': '/products?limit=0',
      'a page beyond all': '/products?page=999999999999',
      'a price with an exponent': '/products?min_price=1e400',
      'a list in place of a number': '/products?limit=1&limit=2',
      brackets: '/products?limit[]=5',
      'a cursor of its own making': '/orders?cursor=AAAA',
      'a parameter that nobody knows': '/products?admin=1',
      'SQL in a sort': '/products?sort=price;drop%20table%20products',
      'an integer with an exponent': '/products?limit=1e400',
      'a NUL in a search': '/products/search?q=%00',
    };
    for (const [name, path] of Object.entries(tooMuch)) {
      it(`is refused in a query: ${name}`, async () => {
        const answer = await customer.call('GET', path);
        expect(answer.status).to.equal(400);
        expect(JSON.stringify(answer.body)).not.to.match(inside);
      });
    }

    it('is refused in an order: a hundred and one lines, no line, a quantity of zero, of half, of a billion', async () => {
      const line = (quantity: number) => ({ product_id: productId, quantity });
      for (const items of [
        Array.from({ length: 101 }, () => line(1)),
        [],
        [line(0)],
        [line(0.5)],
        [line(1e9)],
        [line(-1)],
      ]) {
        expect((await customer.call('POST', '/orders', { body: { ...order(), items } })).status).to.equal(400);
      }
    });

    it('is refused in an order: a text with a NUL, which no database holds', async () => {
      const answer = await customer.call('POST', '/orders', { body: { ...order(), shipping_address: 'a\u0000b' } });
      expect([answer.status, answer.body.code]).to.deep.equal([400, 'request.invalid']);
    });

    it('is refused as a body of more than 64 KB, and as one nested a thousand times', async () => {
      const large = await customer.call('POST', '/orders', {
        body: { ...order(), billing_address: 'x'.repeat(70_000) },
      });
      expect([large.status, large.body.code]).to.deep.equal([413, 'request.too_large']);
      const nested = await raw(customer, 'POST', '/orders', `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`);
      expect(nested.status).to.equal(400);
    });

    it('is refused as a URL of more than 2 KB, and as headers of more than 16 KB', async () => {
      expect((await callGateway('GET', `/products?q=${'x'.repeat(3_000)}`)).body.code).to.equal('request.uri_too_long');
      const answer = await exchange(`GET /products HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
      expect(answer)
        .to.match(/^HTTP\/1\.1 431 /)
        .and.to.contain('request.headers_too_large');
    });
  });

  describe('by requests that are read in two ways', () => {
    const lines: Readonly<Record<string, string>> = {
      'a length and chunks':
        'POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'two lengths': 'POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde',
      'chunks named twice':
        'POST /auth/login HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n',
      'a line folded': 'GET /products HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n: c\r\n\r\n',
      'dot segments': 'GET /products/../admin/sagas HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'encoded dot segments': 'GET /products/%2e%2e/admin/sagas HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'an encoded slash': 'GET /products%2f..%2fadmin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'a double slash': 'GET //admin/sagas HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'a backslash': 'GET /products\\..\\admin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'an encoded NUL': 'GET /products/1%00 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'half an escape': 'GET /products/%E0%A4%A HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'a whole URL of another host':
        'GET http://127.0.0.1:8006/admin/sagas HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      'no host': 'GET /products HTTP/1.1\r\n\r\n',
    };
    for (const [name, text] of Object.entries(lines)) {
      it(`refuses them: ${name}`, async () => {
        const answer = await exchange(text);
        expect(answer).to.match(/^HTTP\/1\.1 400 /);
        expect(answer).not.to.match(/node_modules|\.ts:\d/);
      });
    }

    it('is steered by no Host header', async () => {
      const answer = await exchange(
        'GET /products?limit=1 HTTP/1.1\r\nhost: 169.254.169.254\r\nconnection: close\r\n\r\n',
      );
      expect(answer)
        .to.match(/^HTTP\/1\.1 200 /)
        .and.to.contain('"items"');
    });
  });

  describe('by bodies that are none', () => {
    const bodies: Readonly<Record<string, readonly [string, string, number]>> = {
      'half a text': ['{"email":"a', 'application/json', 400],
      'a number': ['1', 'application/json', 400],
      null: ['null', 'application/json', 400],
      'a list': ['[]', 'application/json', 400],
      nothing: ['', 'application/json', 400],
      'a form': ['email=a&password=b', 'application/x-www-form-urlencoded', 415],
      XML: ['<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'application/xml', 415],
      'JSON in another encoding': ['{}', 'application/json; charset=iso-8859-1', 415],
    };
    for (const [name, [text, type, status]] of Object.entries(bodies)) {
      it(`answers ${status}: ${name}`, async () => {
        const answer = await raw(undefined, 'POST', '/auth/login', text, type);
        expect(answer.status).to.equal(status);
        expect(answer.headers.get('content-type')).to.contain('application/problem+json');
        expect(JSON.stringify(answer.body)).not.to.match(inside);
      });
    }
  });

  describe('by what a shop should not tell', () => {
    it('names no server, no framework and nothing of the inside', async () => {
      for (const path of ['/products', '/nowhere', '/products/0', '/orders']) {
        const answer = await callGateway('GET', path);
        expect([...answer.headers.keys()]).not.to.include.members(['x-powered-by', 'server']);
        if (answer.status >= 400) expect(JSON.stringify(answer.body)).not.to.match(inside);
      }
    });

    it('says to browsers what they may do', async () => {
      const { headers } = await callGateway('GET', '/products?limit=1');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(headers.get('strict-transport-security')).to.match(/max-age=\d{7,}/);
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    });

    it('lets no page of another origin read answers', async () => {
      const answer = await callGateway('GET', '/products?limit=1', { headers: { origin: 'https://evil.example' } });
      expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
    });

    it('keeps tokens out of caches', async () => {
      const body = { email: customer.email, password: customer.password };
      const answer = await callGateway('POST', '/auth/login', { body });
      expect(answer.headers.get('cache-control')).to.equal('no-store');
    });

    it('has no methods for debugging', async () => {
      for (const method of ['OPTIONS', 'PATCH', 'PROPFIND']) {
        expect((await callGateway(method, '/products')).status, method).to.equal(405);
      }
      expect(await exchange('TRACE /products HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).to.match(
        /^HTTP\/1\.1 405 /,
      );
    });

    it('takes no address of another server from a client', async () => {
      const providers = ['http://127.0.0.1:8006', 'sandbox@evil', '../sandbox', 'localhost:80'];
      for (const provider of providers) {
        const answer = await customer.call('POST', '/orders', {
          body: { ...order(), payment_method: { provider, token: 'tok_approve' } },
        });
        expect(answer.status, provider).to.equal(400);
      }
    });

    it('takes no card number', async () => {
      const answer = await customer.call('POST', '/orders', {
        body: { ...order(), payment_method: { provider: 'sandbox', token: '4111111111111111' } },
      });
      expect(answer.status).to.equal(400);
      expect(JSON.stringify(answer.body)).not.to.contain('4111');
    });
  });

  function order() {
    return { items: [{ product_id: productId, quantity: 1 }], shipping_address: '1 Attack Street' };
  }
});

function registration() {
  return { email: 'mallory@example.test', username: 'mallory-of-tests', password: 'a long enough passphrase' };
}

/** An answer without what differs from one request to the next. */
function anonymous({ status, body }: HttpAnswer): object {
  return { status, ...body, request_id: '', instance: '' };
}
