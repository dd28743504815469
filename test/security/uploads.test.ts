import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Account, logInAsAdmin, setting } from '../e2e/shop.ts';
import { exchange } from './raw-requests.ts';

describe('files sent to the shop', () => {
  let admin: Account;

  before(async () => {
    admin = await logInAsAdmin();
  });

  for (const type of ['application/zip', 'image/svg+xml', 'text/html', 'multipart/form-data; boundary=a', '']) {
    it(`are refused unless they are of the two types that are read: ${type || 'none'}`, async () => {
      const answer = await upload('sku,name,price\n', { 'content-type': type });
      expect([answer.status, answer.body.code]).to.deep.equal([415, 'request.unsupported_media_type']);
    });
  }

  it('are refused before they are read when they say that they are larger than 128 MB', async () => {
    const bytes = 128 * 1024 * 1024 + 1;
    const head = `POST /products/import HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${admin.token}\r\n`;
    const answer = await exchange(`${head}content-type: text/csv\r\ncontent-length: ${bytes}\r\n\r\n`);
    expect(answer)
      .to.match(/^HTTP\/1\.1 413 /)
      .and.to.contain('request.too_large');
  });

  it('are never unpacked: a compressed one is text that cannot be read, however large it would be', async () => {
    const sku = `ZIP-${randomBytes(6).toString('hex')}`;
    const packed = gzipSync(`sku,name,price\n${sku},Lamp,1.00\n${'\n'.repeat(10_000_000)}`);
    const { status, body } = await upload(packed, { 'content-type': 'text/csv', 'content-encoding': 'gzip' });
    if (status === 202) {
      const job = await untilOver(body.id);
      expect(job).to.include({ state: 'failed', created: 0, updated: 0, bytes: packed.length });
    } else expect(status).to.equal(415);
    expect((await admin.call('GET', `/products/search?q=${sku}`)).body.items).to.deep.equal([]);
  });

  it('are named by nobody: no header puts them anywhere, and nothing gives them back', async () => {
    const headers = {
      'content-type': 'text/csv',
      'content-disposition': 'attachment; filename="../../docs/evil.html"',
    };
    const { status, body } = await upload('sku,name,price\n<script>,<script>alert(1)</script>,1.00\n', headers);
    expect(status).to.equal(202);
    const job = await untilOver(body.id);
    expect(JSON.stringify(job)).not.to.match(/evil|\.\.\//);
    const answer = await admin.call('GET', `/products/imports/${body.id}`);
    expect(answer.headers.get('content-type')).to.contain('application/json');
    for (const path of ['/docs/evil.html', `/products/imports/${body.id}/file`]) {
      expect((await admin.call('GET', path)).status, path).to.equal(404);
    }
  });

  async function upload(body: string | Buffer<ArrayBuffer>, headers: Readonly<Record<string, string>>) {
    const answer = await fetch(`${setting('E2E_GATEWAY_URL')}/products/import`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${admin.token}` },
      body: typeof body === 'string' ? Buffer.from(body) : body,
    });
    return { status: answer.status, body: (await answer.json()) as HttpAnswer['body'] };
  }

  function untilOver(id: number) {
    return waitFor(
      `import ${id} is over`,
      async () => {
        const { body } = await admin.call('GET', `/products/imports/${id}`);
        return ['completed', 'failed'].includes(body.state) && body;
      },
      20_000,
    );
  }
});
