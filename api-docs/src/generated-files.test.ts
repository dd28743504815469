import { expect } from 'chai';
import { generatedFiles, readGeneratedFile } from './generated-files.ts';

describe('files written from the code', () => {
  for (const [path, generate] of Object.entries(generatedFiles)) {
    it(`are current: ${path} (if not: make docs)`, async () => {
      expect((await readGeneratedFile(path)) === (await generate())).to.equal(true);
    }).timeout(60_000);
  }
});
