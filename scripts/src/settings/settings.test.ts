import { expect } from 'chai';
import { resolveSettings } from './settings.ts';

describe('resolveSettings', () => {
  it('fills in the name, the mode and the first administrator', () => {
    const settings = resolveSettings({}, {});

    expect(settings).to.deep.include({ name: 'dev', mode: 'native', ports: {}, forProcesses: {} });
    expect(settings.admin).to.have.all.keys('email', 'username', 'password');
  });

  it('puts the environment above the file', () => {
    const settings = resolveSettings({ GATEWAY_PORT: '9001' }, { GATEWAY_PORT: '9000', REDIS_PORT: '6400' });

    expect(settings.ports).to.deep.equal({ GATEWAY_PORT: 9001, REDIS_PORT: 6400 });
  });

  it('hands limits and whatever else stands in the file on to the processes', () => {
    const settings = resolveSettings(
      { RATE_LIMIT_ORDERS_PER_MINUTE: '1000', HOME: '/root' },
      { SMTP_URL: 'smtp://127.0.0.1:1025', ADMIN_EMAIL: 'a@b.example' },
    );

    expect(settings.forProcesses).to.deep.equal({
      RATE_LIMIT_ORDERS_PER_MINUTE: '1000',
      SMTP_URL: 'smtp://127.0.0.1:1025',
    });
  });

  it('takes an empty value for one that is not set', () => {
    expect(resolveSettings({ GATEWAY_PORT: '', NAME: '' }, {})).to.deep.include({ name: 'dev', ports: {} });
  });

  it('names all wrong values at once and where to correct them', () => {
    const wrong = { GATEWAY_PORT: 'abc', LOG_LEVEL: 'loud', ADMIN_EMAIL: 'nobody', REDIS_PORT: '70000' };

    expect(() => resolveSettings(wrong, {}))
      .to.throw(/GATEWAY_PORT=abc should be a port.*REDIS_PORT=70000.*ADMIN_EMAIL=nobody.*LOG_LEVEL=loud/)
      .with.property('advice')
      .that.includes('the environment');
    expect(() => resolveSettings({}, { MODE: 'cloud' }))
      .to.throw('MODE=cloud should be native or docker')
      .with.property('advice')
      .that.includes('.env;');
  });
});
