import { ConfigError } from '@sagacity/chassis/config/config';
import { expect } from 'chai';
import { readConfig } from './config.ts';

const base = { DATABASE_URL: 'postgres://localhost/payments_db', AMQP_URL: 'amqp://localhost' };

describe('settings of the payment service', () => {
  it('do without Stripe, or have both of its secrets', () => {
    const secrets = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
    expect(readConfig(base)).not.to.have.property('STRIPE_SECRET_KEY');
    expect(readConfig({ ...base, ...secrets })).to.include(secrets);
    for (const [name, value] of Object.entries(secrets)) {
      expect(() => readConfig({ ...base, [name]: value })).to.throw(ConfigError, 'set together');
    }
  });

  it('never repeat a secret that they refuse', () => {
    const wrong = { ...base, STRIPE_SECRET_KEY: 'pk_live_123', STRIPE_WEBHOOK_SECRET: 'whsec_1' };
    expect(() => readConfig(wrong))
      .to.throw(ConfigError, 'STRIPE_SECRET_KEY')
      .with.property('message')
      .not.contains('pk_live_123');
  });
});
