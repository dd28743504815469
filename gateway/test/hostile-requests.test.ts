import { createPublicKey } from 'node:crypto';
import { request } from 'node:http';
import { expect } from 'chai';
import jwt, { type SignOptions } from 'jsonwebtoken';
import {
  type FakeService,
  fakeService,
  forgetLimits,
  redisDatabase,
  startGateway,
  type TestGateway,
} from './gateway-fixture.ts';

describe('gateway, asked with ill will', () => {
  let gateway: TestGateway;
  let service: FakeService;

  before(async () => {
    gateway = await startGateway(
      { RATE_LIMIT_ADDRESS_PER_MINUTE: '100000', RATE_LIMIT_LOGIN_ADDRESS_PER_15_MINUTES: '100000' },
      redisDatabase(13),
    );
    await forgetLimits(gateway.redis);
    service = await fakeService((incoming, response) => incoming.once('end', () => response.end('{}')));
    for (const name of ['user-service', 'product-service', 'order-service', 'saga-orchestrator'] as const) {
      await gateway.place(name, service.url);
    }
  });
  after(async () => {
    await gateway.stop();
    await service.stop();
  });

  describe('by a token', () => {
    const claims = { sid: 'session-1', roles: ['admin'] };
    const usual: SignOptions = {
      algorithm: 'RS256',
      keyid: 'test-key',
      issuer: 'sagacity',
      audience: 'sagacity',
      subject: '1',
      jwtid: 'token-1',
      expiresIn: 600,
    };
    const sign = (options: SignOptions = {}, payload: object = claims, key = gateway.tokens.privateKey) =>
      jwt.sign(payload, key, { ...usual, ...options });
    const without = (...names: (keyof SignOptions)[]) => {
      const rest = Object.fromEntries(Object.entries(usual).filter(([name]) => !names.includes(name as never)));
      return jwt.sign(claims, gateway.tokens.privateKey, rest);
    };
    const publicPem = () => createPublicKey(gateway.tokens.privateKey).export({ type: 'spki', format: 'pem' });
    const handMade = (header: object, signature = '') =>
      [header, { ...claims, sub: '1', jti: 'x', iss: 'sagacity', aud: 'sagacity', exp: 4_000_000_000 }]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .concat(signature)
        .join('.');

    const attacks: Readonly<Record<string, () => string>> = {
      'the algorithm none': () => handMade({ alg: 'none', kid: 'test-key' }, 'AA'),
      'the algorithm NonE': () => handMade({ alg: 'NonE', kid: 'test-key' }, 'AA'),
      'HMAC with the public key as its secret': () =>
        jwt.sign(claims, publicPem(), { ...usual, algorithm: 'HS256' } as SignOptions),
      'another algorithm of the same key': () => sign({ algorithm: 'RS512' }),
      'a key that nobody knows': () => sign({ keyid: 'another-key' }),
      'a key that is a path': () => sign({ keyid: '../../../../dev/null' }),
      'no key': () => without('keyid'),
      'a key of its own in the header': () =>
        sign({
          header: { alg: 'RS256', jwk: { kty: 'oct', k: 'AA' }, jku: 'http://127.0.0.1:9/keys' } as never,
          keyid: 'mine',
        }),
      'another issuer': () => sign({ issuer: 'somebody' }),
      'another audience': () => sign({ audience: 'another-shop' }),
      'no issuer': () => without('issuer'),
      'no audience': () => without('audience'),
      'no subject': () => without('subject'),
      'a subject that is no user': () => sign({ subject: 'admin' }),
      'no id': () => without('jwtid'),
      'no end': () => without('expiresIn'),
      'no session': () => sign({}, { roles: ['admin'] }),
      'no roles': () => sign({}, { sid: 'session-1' }),
      'roles that are a text': () => sign({}, { sid: 'session-1', roles: 'admin' }),
      'a beginning in the future': () => sign({ notBefore: 3_600 }),
      'a payload that was changed': () => {
        const [head, , signature] = sign({}, { sid: 'session-1', roles: ['user'] }).split('.');
        return `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: '1' })).toString('base64url')}.${signature}`;
      },
      'a signature that was cut': () => sign().slice(0, -8),
      'more bytes than a token has': () => sign({}, { ...claims, filler: 'x'.repeat(5_000) }),
    };
    for (const [name, forge] of Object.entries(attacks)) {
      it(`is refused: ${name}`, async () => {
        const before = service.requests.length;
        const answer = await gateway.server.call('GET', '/admin/sagas', { token: forge() });
        expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.invalid_token']);
        expect(service.requests).to.have.lengthOf(before);
      });
    }

    it('is refused: one that has ended', async () => {
      const answer = await gateway.server.call('GET', '/admin/sagas', { token: sign({ expiresIn: -60 }) });
      expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.token_expired']);
    });

    it('is let in when nothing is wrong with it', async () => {
      expect((await gateway.server.call('GET', '/admin/sagas', { token: sign() })).status).to.equal(200);
    });
  });

  describe('by a body', () => {
    it('of more than 64 KB in chunks, stops forwarding and answers 413', async () => {
      const before = service.bodies.length;
      const { status, body } = await sendChunks(20, 8_192);
      expect([status, body.code]).to.deep.equal([413, 'request.too_large']);
      expect(service.bodies).to.have.lengthOf(before);
    });

    it('of less in chunks, forwards all of it', async () => {
      expect((await sendChunks(4, 8_192)).status).to.equal(200);
      expect(service.bodies.at(-1)).to.have.lengthOf(4 * 8_192);
    });

    it('that is too large thirty times in a row, blames no instance for it', async () => {
      for (let step = 0; step < 30; step += 1) expect((await sendChunks(20, 8_192)).status).to.equal(413);
      expect((await sendChunks(1, 10)).status).to.equal(200);
    });

    function sendChunks(count: number, size: number): Promise<{ status: number; body: { code?: string } }> {
      return new Promise((resolve, reject) => {
        const { port } = new URL(gateway.server.url);
        const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
        const outgoing = request({ port, path: '/auth/login', method: 'POST', headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
        });
        outgoing.once('error', reject);
        for (let step = 0; step < count; step += 1) outgoing.write('x'.repeat(size));
        outgoing.end();
      });
    }
  });

  describe('by a path', () => {
    it('with a word in the place of an id, does not reach what the table does not list', async () => {
      const before = service.requests.length;
      for (const path of ['/products/quotes?ids=1', '/users/all', '/orders/user/me', '/admin/sagas/1%27or%271']) {
        const token = gateway.tokens.issue({ roles: ['admin'] });
        const answer = await gateway.server.call('GET', path, { token });
        expect([answer.status, answer.body.code], path).to.deep.equal([400, 'request.invalid']);
      }
      expect(service.requests).to.have.lengthOf(before);
    });

    it('with a number or a uuid, is forwarded', async () => {
      const token = gateway.tokens.issue({ roles: ['admin'] });
      for (const path of ['/products/17', '/admin/sagas/01a2135e-27c3-7310-8336-1c0622da3130']) {
        expect((await gateway.server.call('GET', path, { token })).status, path).to.equal(200);
      }
    });

    it('takes no other method from a header', async () => {
      const token = gateway.tokens.issue({ roles: ['admin'] });
      const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
      await gateway.server.call('GET', '/products/17', { token, headers });
      expect(service.requests.at(-1)?.method).to.equal('GET');
    });
  });
});
