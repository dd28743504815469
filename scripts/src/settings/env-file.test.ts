import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectFolder } from '../instance/instance.ts';
import { renderEnvExample } from './env-example.ts';
import { parseSettings } from './env-file.ts';

describe('parseSettings', () => {
  it('reads values with and without quotes and skips comments and blank lines', () => {
    const text = '# a comment\n\nA=1\nB="two words"\nexport C=\'three\'\nD=\n';

    expect(parseSettings(text, '.env')).to.deep.equal({ A: '1', B: 'two words', C: 'three', D: '' });
  });

  it('names the first line that is no setting', () => {
    expect(() => parseSettings('A=1\nGATEWAY_PORT 9000\n', '.env')).to.throw('line 2 of .env is no setting');
  });
});

describe('.env.example', () => {
  it('describes exactly the settings that are understood (settings/write-env-example.ts writes it)', () => {
    expect(readFileSync(join(projectFolder, '.env.example'), 'utf8')).to.equal(renderEnvExample());
  });
});
