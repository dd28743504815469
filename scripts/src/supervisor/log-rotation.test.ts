import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { rotateWhenLarge } from './log-rotation.ts';

describe('rotateWhenLarge', () => {
  let folder: string;
  let log: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rotation-'));
    log = join(folder, 'a.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('leaves a small log alone', () => {
    writeFileSync(log, '12345');

    rotateWhenLarge(log, { bytes: 5, kept: 2 });

    expect(readdirSync(folder)).to.deep.equal(['a.log']);
  });

  it('keeps the newest files and drops what is older', () => {
    for (const text of ['first!', 'second', 'third!']) {
      appendFileSync(log, text);
      rotateWhenLarge(log, { bytes: 5, kept: 2 });
    }

    expect(readdirSync(folder).sort()).to.deep.equal(['a.log', 'a.log.1', 'a.log.2']);
    expect(readFileSync(log, 'utf8')).to.equal('');
    expect(readFileSync(`${log}.1`, 'utf8')).to.equal('third!');
    expect(readFileSync(`${log}.2`, 'utf8')).to.equal('second');
  });

  it('says nothing about a log that is not there yet', () => {
    expect(() => rotateWhenLarge(log)).not.to.throw();
  });
});
