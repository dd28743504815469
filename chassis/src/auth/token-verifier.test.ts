import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { DomainError } from '../errors/domain-error.ts';
import { createTokenVerifier, readBearer } from './token-verifier.ts';

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
const verify = createTokenVerifier({
  findKey: async (id) => (id === 'key-1' ? ours.publicKey : undefined),
  issuer: 'sagacity',
  audience: 'sagacity',
});

describe('token verifier', () => {
  it('tells who calls', async () => {
    expect(await verify(token())).to.deep.equal({ userId: 7, roles: ['user', 'admin'], sessionId: 'session-1' });
  });

  it('refuses tokens of others: signed with another key, by or for somebody else, or naming a key that nobody knows', async () => {
    expect(await codeOf(token({ key: theirs.privateKey }))).to.equal('auth.invalid_token');
    expect(await codeOf(token({ options: { issuer: 'somebody' } }))).to.equal('auth.invalid_token');
    expect(await codeOf(token({ options: { audience: 'somebody' } }))).to.equal('auth.invalid_token');
    expect(await codeOf(token({ options: { keyid: 'key-2' } }))).to.equal('auth.invalid_token');
  });

  it('lets no token choose its algorithm: not none, and not HMAC with the public key as the secret', async () => {
    const [, payload] = token().split('.');
    const header = (alg: string) =>
      Buffer.from(JSON.stringify({ alg, typ: 'JWT', kid: 'key-1' })).toString('base64url');
    expect(await codeOf(`${header('none')}.${payload}.`)).to.equal('auth.invalid_token');
    const secret = ours.publicKey.export({ type: 'spki', format: 'pem' });
    const signed = `${header('HS256')}.${payload}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    expect(await codeOf(`${signed}.${signature}`)).to.equal('auth.invalid_token');
    expect(await codeOf(token({ options: { algorithm: 'RS512' } }))).to.equal('auth.invalid_token');
  });

  it('tells an expired token from an invalid one, and allows for clocks that differ by half a minute', async () => {
    expect(await codeOf(token({ options: { expiresIn: -60 } }))).to.equal('auth.token_expired');
    expect((await verify(token({ options: { expiresIn: -10 } }))).userId).to.equal(7);
  });

  it('refuses a token that lacks any claim, or whose subject is no user', async () => {
    const { expiresIn: _expiresIn, ...forEver } = usual;
    expect(await codeOf(jwt.sign(claims, ours.privateKey, forEver))).to.equal('auth.invalid_token');
    for (const claim of ['sid', 'roles'] as const) {
      expect(await codeOf(token({ claims: { ...claims, [claim]: undefined } })), claim).to.equal('auth.invalid_token');
    }
    expect(await codeOf(token({ claims: { ...claims, roles: ['user', 7] } }))).to.equal('auth.invalid_token');
    for (const subject of ['0', '-1', 'admin', '1.5']) {
      expect(await codeOf(token({ options: { subject } })), subject).to.equal('auth.invalid_token');
    }
    const { jwtid: _jwtid, ...nameless } = usual;
    expect(await codeOf(jwt.sign(claims, ours.privateKey, nameless))).to.equal('auth.invalid_token');
  });

  it('refuses what is no token, and does not read one that is too long', async () => {
    for (const text of ['', 'a.b.c', '..', token().slice(0, -5)]) {
      expect(await codeOf(text), text).to.equal('auth.invalid_token');
    }
    expect(await codeOf(token({ claims: { ...claims, ballast: 'a'.repeat(5_000) } }))).to.equal('auth.invalid_token');
  });

  describe('that it has verified before', () => {
    let keys: Map<string, KeyObject>;
    let nowMs: number;
    let again: ReturnType<typeof createTokenVerifier>;
    beforeEach(() => {
      keys = new Map([['key-1', ours.publicKey]]);
      nowMs = Date.now();
      const findKey = async (id: string) => keys.get(id);
      again = createTokenVerifier({ findKey, issuer: 'sagacity', audience: 'sagacity', now: () => nowMs });
    });

    it('takes a token without checking its signature anew', async () => {
      const text = token();
      const first = await again(text);
      const { verify: check } = jwt;
      jwt.verify = () => expect.fail('the signature was checked again');
      try {
        expect(await again(text)).to.deep.equal(first);
      } finally {
        jwt.verify = check;
      }
    });

    it('refuses it once it has expired', async () => {
      const text = token();
      await again(text);
      nowMs += 11 * 60_000;
      expect(await codeOf(text, again)).to.equal('auth.token_expired');
    });

    it('refuses it once its key is gone, or another one has its name', async () => {
      const text = token();
      await again(text);
      keys.set('key-1', theirs.publicKey);
      expect(await codeOf(text, again)).to.equal('auth.invalid_token');
      keys.delete('key-1');
      expect(await codeOf(text, again)).to.equal('auth.invalid_token');
    });
  });

  it('reads the bearer token of a header', () => {
    expect(readBearer(undefined)).to.equal(undefined);
    expect(readBearer('Bearer a.b.c')).to.equal('a.b.c');
    expect(readBearer('bearer a.b.c')).to.equal('a.b.c');
    for (const header of ['', 'Bearer', 'Bearer a.b', 'Basic a.b.c', 'Bearer a.b.c d', 'Bearer  a.b.c']) {
      expect(() => readBearer(header), header).to.throw(DomainError);
    }
  });
});

const claims = { sid: 'session-1', roles: ['user', 'admin'] };
const usual: SignOptions = {
  algorithm: 'RS256',
  keyid: 'key-1',
  issuer: 'sagacity',
  audience: 'sagacity',
  subject: '7',
  jwtid: 'token-1',
  expiresIn: 600,
};

function token(changes: { claims?: object; options?: SignOptions; key?: KeyObject } = {}): string {
  return jwt.sign(changes.claims ?? claims, changes.key ?? ours.privateKey, { ...usual, ...changes.options });
}

async function codeOf(text: string, verifier = verify): Promise<string> {
  return verifier(text).then(
    () => 'accepted',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
}
