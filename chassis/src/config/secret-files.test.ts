import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isForDevelopment, settingText } from './secret-files.ts';

describe('settings from files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come from the file that NAME_FILE names, without the line end', () => {
    expect(settingText({ TOKEN_FILE: file('s3cret\n') }, 'TOKEN')).to.equal('s3cret');
  });

  it('come from the environment where both are given', () => {
    expect(settingText({ TOKEN: 'near', TOKEN_FILE: file('far') }, 'TOKEN')).to.equal('near');
    expect(settingText({ TOKEN: '', TOKEN_FILE: file('far') }, 'TOKEN')).to.equal('far');
  });

  it('put the password of a file into a URL, as URLs write it', () => {
    const environment = { URL: 'amqp://shop@broker:5672/shop', URL_PASSWORD_FILE: file('a/b@c$1') };
    expect(new URL(settingText(environment, 'URL') ?? '').password).to.equal('a%2Fb%40c%241');
  });

  it('put it into each URL of a list, and into one without a user', () => {
    const list = 'a=postgres://relay@db:5432/a,b=postgres://relay@db:5432/b';
    expect(settingText({ L: list, L_PASSWORD_FILE: file('pw') }, 'L')).to.equal(
      'a=postgres://relay:pw@db:5432/a,b=postgres://relay:pw@db:5432/b',
    );
    expect(settingText({ R: 'redis://cache:6379/0', R_PASSWORD_FILE: file('pw') }, 'R')).to.equal(
      'redis://:pw@cache:6379/0',
    );
  });

  it('leave a password alone that stands in the URL', () => {
    const environment = { URL: 'postgres://role:own@db/x', URL_PASSWORD_FILE: file('other') };
    expect(settingText(environment, 'URL')).to.equal('postgres://role:own@db/x');
  });

  it('name the file that is not there, or has nothing in it', () => {
    expect(() => settingText({ TOKEN_FILE: join(folder, 'none') }, 'TOKEN')).to.throw(
      /TOKEN_FILE names .*none.*ENOENT/,
    );
    expect(() => settingText({ TOKEN_FILE: file('\n') }, 'TOKEN')).to.throw(/TOKEN_FILE names .* is empty/);
  });

  it('are known for what the repository shows to everybody', () => {
    expect(isForDevelopment('redis://:for-development-only-redis@redis:6379')).to.equal(true);
    expect(isForDevelopment('Sagacity-Admin-1')).to.equal(true);
    expect(isForDevelopment('redis://:m4dE-uP@redis:6379')).to.equal(false);
  });

  function file(text: string): string {
    const path = join(folder, 'secret');
    writeFileSync(path, text);
    return path;
  }
});
