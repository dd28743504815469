import { expect } from 'chai';
import { routes } from '../../gateway/src/routes.ts';
import { type Account, callGateway, newAccount, setting } from '../e2e/shop.ts';
import { exchange } from './raw-requests.ts';

const yearSeconds = 31_536_000;
const tokenLike = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Every way in which the gateway answers: served, documented, unknown, not signed in, not possible, malformed. */
const answered = ['/products?limit=1', '/openapi.json', '/docs', '/nowhere', '/orders', '/auth/login', '/products%2f1'];

describe('the shop, asked by browsers', () => {
  let customer: Account;

  before(async () => {
    customer = await newAccount();
  });

  it('sets no cookie, and takes none in the place of a token', async () => {
    const { email, password, token } = customer;
    const session = await callGateway('POST', '/auth/login', { body: { email, password } });
    expect(session.headers.get('set-cookie')).to.equal(null);
    expect(session.body.access_token).to.match(tokenLike);
    for (const name of ['access_token', 'token', 'session', 'authorization', 'jwt']) {
      const answer = await callGateway('GET', '/users/me', { headers: { cookie: `${name}=${token}` } });
      expect([answer.status, answer.body.code], name).to.deep.equal([401, 'auth.required']);
    }
    expect((await callGateway('GET', `/users/me?access_token=${token}`)).status).to.equal(401);
  });

  it('changes nothing by what a link or an image can send: no writing path takes GET or HEAD', async () => {
    const reading = new Set(routes.filter(({ method }) => method === 'get').map(({ path }) => path));
    const writing = [...new Set(routes.map(({ path }) => path))].filter((path) => !reading.has(path));
    expect(writing).to.have.length.greaterThan(8);
    for (const path of writing) {
      const url = `${setting('E2E_GATEWAY_URL')}${path.replace(':provider', 'sandbox').replace(/:\w+/g, '1')}`;
      // Where the word is taken for an id, it is refused as one.
      const refusal = path === '/products/import' ? 400 : 405;
      for (const method of ['GET', 'HEAD']) {
        const { status } = await fetch(url, { method, headers: { authorization: `Bearer ${customer.token}` } });
        expect(status, `${method} ${path}`).to.equal(refusal);
      }
    }
  });

  it('takes no body of the kinds that a form of another page can send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a']) {
      const answer = await fetch(`${setting('E2E_GATEWAY_URL')}/orders`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${customer.token}` },
        body: '{"items":[]}',
      });
      expect(answer.status, type).to.equal(415);
    }
  });

  it('says on every answer that it comes by TLS alone for a year, is of the type it says, and is framed by nobody', async () => {
    for (const path of answered) {
      const { headers } = await callGateway('GET', path);
      const [, seconds] =
        /^max-age=(\d+); includeSubDomains/.exec(headers.get('strict-transport-security') ?? '') ?? [];
      expect(Number(seconds), path).to.be.at.least(yearSeconds);
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff');
      expect(headers.get('referrer-policy'), path).to.equal('no-referrer');
      expect(headers.get('content-type'), path).to.match(
        /^(?:application\/(?:problem\+)?json|text\/html; charset=utf-8)/,
      );
      const policy = headers.get('content-security-policy') ?? '';
      for (const directive of ['default-src', 'object-src', 'base-uri', 'form-action', 'frame-ancestors']) {
        expect(policy, path).to.contain(`${directive} 'none'`);
      }
      expect(policy, path).not.to.contain('unsafe-');
    }
  });

  it('runs no script that stands in its page, nor any from elsewhere', async () => {
    const { body, headers } = await callGateway('GET', '/docs');
    expect(headers.get('content-security-policy')).to.contain("script-src 'self';");
    expect(body).not.to.match(/<script>|<script [^>]*src="(?:https?:)?\/\/|\son\w+=/);
  });

  it('answers text that looks like a page as JSON', async () => {
    const answer = await exchange(
      'GET /%3Cscript%3Ealert(1)%3C%2Fscript%3E HTTP/1.1\r\nhost: a\r\naccept: text/html\r\nconnection: close\r\n\r\n',
    );
    expect(answer)
      .to.match(/content-type: application\/problem\+json/i)
      .and.not.to.contain('<script>');
  });
});
