import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { expect } from 'chai';
import type { Request, Response } from 'express';
import { guardPath } from './guard-path.ts';

describe('path guard', () => {
  it('lets ordinary paths through', () => {
    for (const url of ['/', '/products', '/products/search?q=a%2Fb..%00', '/.well-known/jwks.json', '/users/1..2']) {
      expect(codeOf(url), url).to.equal('passed');
    }
  });

  it('refuses what the gateway and a service could read differently', () => {
    const urls = [
      '/a/../admin',
      '/a/%2e%2E/admin',
      '/./a',
      '/a%2fb',
      '/a%5Cb',
      '/a\\b',
      '/a%00',
      '//a',
      '/a//b',
      '/%zz',
      'a',
    ];
    for (const url of urls) expect(codeOf(url), url).to.equal('request.malformed');
  });

  it('refuses a URL of more than 2 KB', () => {
    expect(codeOf(`/${'a'.repeat(2048)}`)).to.equal('request.uri_too_long');
  });
});

function codeOf(originalUrl: string): string {
  let outcome = 'neither passed nor refused';
  try {
    guardPath({ originalUrl } as Request, {} as Response, () => {
      outcome = 'passed';
    });
  } catch (error) {
    if (error instanceof DomainError) outcome = error.code;
  }
  return outcome;
}
