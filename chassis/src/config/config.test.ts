import { expect } from 'chai';
import { ConfigError, loadConfig, portSetting } from './config.ts';

const settings = {
  PORT: portSetting(8000, 'Port.'),
  URL: { type: 'string', format: 'uri', description: 'Where it is.' },
  LEVEL: { type: 'string', enum: ['low', 'high'], default: 'low', description: 'How much.' },
} as const;

describe('configuration', () => {
  it('reads numbers, fills in defaults and takes an empty text for none', () => {
    const config = loadConfig(settings, ['URL'], { PORT: '9000', URL: 'http://localhost', LEVEL: '', OTHER: 'x' });
    expect(config).to.deep.equal({ PORT: 9000, URL: 'http://localhost', LEVEL: 'low' });
  });

  it('names every fault at once', () => {
    let message = '';
    try {
      loadConfig(settings, ['URL'], { PORT: 'abc', LEVEL: 'middle' });
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      message = (error as Error).message;
    }
    for (const name of ['PORT', 'URL', 'LEVEL']) expect(message).to.contain(name);
    expect(message).not.to.contain('\n');
  });

  it('refuses in production what the repository shows to everybody, defaults too', () => {
    const secrets = {
      ...settings,
      SECRET: { type: 'string', default: 'sandbox-webhook-secret', description: 'S.' },
    } as const;
    const environment = { URL: 'redis://:for-development-only-redis@redis:6379' };
    expect(loadConfig(secrets, ['URL'], environment).PORT).to.equal(8000);
    expect(() => loadConfig(secrets, ['URL'], { ...environment, DEPLOYMENT: 'production' })).to.throw(
      ConfigError,
      /URL is the one for development.*; SECRET is the one for development/,
    );
    const own = { URL: 'redis://:own@redis:6379', SECRET: 'of our own', DEPLOYMENT: 'production' };
    expect(loadConfig(secrets, ['URL'], own).SECRET).to.equal('of our own');
  });

  it('tells of a file that cannot be read among its faults', () => {
    expect(() => loadConfig(settings, ['URL'], { URL_FILE: '/nowhere' })).to.throw(
      ConfigError,
      /URL_FILE names \/nowhere/,
    );
  });
});
