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
});
