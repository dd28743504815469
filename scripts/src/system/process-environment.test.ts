import { expect } from 'chai';
import { usualPorts } from '../instance/ports.ts';
import { databaseRoles, makePassword, type Secrets } from '../instance/secrets.ts';
import { resolveSettings } from '../settings/settings.ts';
import { describeProcesses, migrationEnvironment, type SystemContext } from './process-environment.ts';

describe('describeProcesses', () => {
  it('starts eight processes from their folders, each told its own port alone', () => {
    const specs = describeProcesses(context());

    expect(specs.map(({ args }) => args.at(-1))).to.have.members(
      'gateway user-service product-service order-service payment-service notification-service saga-orchestrator outbox-relay'
        .split(' ')
        .map((name) => `${name}/src/main.ts`),
    );
    for (const { env } of specs) expect(Object.keys(env).filter((key) => key.endsWith('_PORT'))).to.have.length(1);
  });

  it('gives a service the password of its own role and of no other; the orchestrator that of the auditor, who may only read', () => {
    const { secrets, ...rest } = context();

    for (const { name, env } of describeProcesses({ secrets, ...rest })) {
      const held = databaseRoles.filter((role) => JSON.stringify(env).includes(secrets.roles[role]));
      const own = name === 'gateway' ? [] : [name.replaceAll('-', '_')];
      expect(held, name).to.have.members(name === 'saga-orchestrator' ? [...own, 'auditor'] : own);
      expect(JSON.stringify(env)).not.to.include(secrets.postgresAdmin);
    }
  });

  it('names all six databases to the relay', () => {
    const relay = describeProcesses(context()).find(({ name }) => name === 'outbox-relay');

    const databases = relay?.env.OUTBOX_DATABASE_URLS?.split(',').map((entry) => entry.split('=')[0]);

    expect(databases).to.deep.equal('users_db products_db orders_db payments_db notifications_db sagas_db'.split(' '));
    expect(relay?.env).not.to.have.property('DATABASE_URL');
  });

  it('tells the administrator to the user service and nobody else', () => {
    const told = describeProcesses(context()).filter(({ env }) => 'ADMIN_PASSWORD' in env);

    expect(told.map(({ name }) => name)).to.deep.equal(['user-service']);
  });
});

describe('migrationEnvironment', () => {
  it('hands over the password of each role', () => {
    const { secrets, ...rest } = context();

    const env = migrationEnvironment({ secrets, ...rest });

    expect(env.DB_PASSWORD_ORDER_SERVICE).to.equal(secrets.roles.order_service);
    expect(env.DB_PASSWORD_OUTBOX_RELAY).to.equal(secrets.roles.outbox_relay);
    expect(env.POSTGRES_ADMIN_URL).to.include(secrets.postgresAdmin);
  });
});

function context(): SystemContext {
  const roles = Object.fromEntries(databaseRoles.map((role) => [role, makePassword()])) as Secrets['roles'];
  const [postgresAdmin, redis, rabbitmq, erlangCookie] = [
    makePassword(),
    makePassword(),
    makePassword(),
    makePassword(),
  ];
  return {
    ports: usualPorts,
    secrets: { postgresAdmin, redis, rabbitmq, erlangCookie, roles },
    settings: resolveSettings({}, {}),
  };
}
