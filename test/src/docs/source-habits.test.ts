import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '@sagacity/scripts/instance/instance';
import { expect } from 'chai';

/** What no production source may do, whatever a review overlooks; docs/security.md promises it. */
const forbidden: Readonly<Record<string, RegExp>> = {
  'take a certificate unseen': /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/,
  'run text as code': /\beval\(|new Function\(|node:vm|setTimeout\(\s*['"`]/,
  'use a broken hash or cipher': /create(?:Hash|Hmac)\(['"]md5|createCipheriv\(['"](?:des|rc4|aes-\d+-ecb)/i,
  'make a secret from Math.random': /(?:secret|token|nonce|salt|password)\w*\s*=[^;\n]*Math\.random/i,
};

describe('the sources of what runs in production', () => {
  const sources = productionSources();

  for (const [habit, pattern] of Object.entries(forbidden)) {
    it(`never: ${habit}`, () => {
      expect(sources.length).to.be.greaterThan(200);
      // Redis' own command runs inside Redis.
      const found = sources.filter(({ text }) => pattern.test(text.replaceAll('redis.eval(', '')));
      expect(found.map(({ file }) => file)).to.deep.equal([]);
    });
  }
});

function productionSources(): { file: string; text: string }[] {
  return globSync('{chassis,gateway,*-service,saga-orchestrator,outbox-relay}/src/**/*.ts', { cwd: projectFolder })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: readFileSync(join(projectFolder, file), 'utf8') }));
}
