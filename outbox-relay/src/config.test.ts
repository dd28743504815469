import { ConfigError } from '@sagacity/chassis/config/config';
import { expect } from 'chai';
import { readRelayConfig } from './config.ts';

const environment = {
  AMQP_URL: 'amqp://shop:secret@127.0.0.1/shop',
  OUTBOX_DATABASE_URLS:
    'users_db=postgres://relay:a=b@127.0.0.1/users_db, orders_db=postgres://relay:c@127.0.0.1/orders_db',
};

describe("the relay's settings", () => {
  it('name each database with its URL, which may hold an equals sign', () => {
    expect(readRelayConfig(environment).databases).to.deep.equal([
      { name: 'users_db', url: 'postgres://relay:a=b@127.0.0.1/users_db' },
      { name: 'orders_db', url: 'postgres://relay:c@127.0.0.1/orders_db' },
    ]);
  });

  it('are refused with every fault of the list, and without its passwords', () => {
    const urls =
      'users_db=postgres://x:secret@h/users_db,users_db=postgres://x:secret@h/u,shop_db=postgres://x:secret@h/s,secret';
    expect(() => readRelayConfig({ ...environment, OUTBOX_DATABASE_URLS: urls }))
      .to.throw(ConfigError)
      .with.property('message')
      .that.matches(/entry 2 names users_db a second time.*entry 3 must name one of.*entry 4 must be name=postgres/)
      .and.does.not.contain('secret');
  });

  it('need databases and a broker', () => {
    expect(() => readRelayConfig({})).to.throw(/AMQP_URL is required/);
    expect(() => readRelayConfig({})).to.throw(/OUTBOX_DATABASE_URLS is required/);
  });
});
