import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Instance } from '../instance/instance.ts';
import { isPrepared, preparedMark, rememberPrepared } from './prepared-mark.ts';

describe('the mark of prepared databases', () => {
  let instance: Instance;
  beforeEach(() => {
    instance = { name: 'marked', folder: mkdtempSync(join(tmpdir(), 'marked-')) };
    mkdirSync(join(instance.folder, 'postgres'));
  });
  afterEach(() => rmSync(instance.folder, { recursive: true }));

  it('is the same for the same sources and settings, and another for other settings', () => {
    expect(preparedMark({ PASSWORD: 'a' })).to.equal(preparedMark({ PASSWORD: 'a' }));
    expect(preparedMark({ PASSWORD: 'a' })).not.to.equal(preparedMark({ PASSWORD: 'b' }));
  });

  it('is known once it is remembered, and forgotten with the data', () => {
    expect(isPrepared(instance, 'a')).to.equal(false);

    rememberPrepared(instance, 'a');
    expect(isPrepared(instance, 'a')).to.equal(true);
    expect(isPrepared(instance, 'b')).to.equal(false);

    rmSync(join(instance.folder, 'postgres'), { recursive: true });
    expect(isPrepared(instance, 'a')).to.equal(false);
  });
});
