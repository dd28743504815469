import { leasePart } from '@sagacity/chassis/discovery/lease';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis } from '@sagacity/chassis/redis/client';
import { compile } from '@sagacity/chassis/schema/validator';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { servicesAnswer } from '../src/contract/services.ts';
import { problems } from '../src/http/problems.ts';
import { serviceRoutes } from '../src/http/service-routes.ts';

describe('the instances of all services', () => {
  const tokens = createTestTokens();
  const token = tokens.issue({ roles: ['admin'] });
  let redis: Redis;
  let server: TestServer;

  before(async () => {
    redis = createRedis({ url: testServer('TEST_REDIS_URL'), connectionName: 'services test', logger: silentLogger });
    await redis.connect();
    server = await serve(
      createHttpApp({
        logger: silentLogger,
        metrics: new Registry(),
        routes: serviceRoutes({ redis }),
        verifyToken: tokens.verify,
        readiness: {},
        problems,
      }),
    );
  });
  after(async () => {
    await server.stop();
    redis.disconnect();
  });

  it('are listed while they hold a lease, with where they are and since when', async () => {
    const url = () => 'http://127.0.0.1:9999';
    const lease = leasePart({ redis, service: 'lamp-service', instance: 'lamp-1', url });
    await lease.start();
    const { status, body } = await server.call('GET', '/admin/services', { token });
    expect(status).to.equal(200);
    expect(compile(servicesAnswer)(body)).to.include({ valid: true });
    const lamps = ({ service }: { service: string }) => service === 'lamp-service';
    expect(body.items.filter(lamps)).to.have.lengthOf(1);
    expect(body.items.find(lamps)).to.include({ instance: 'lamp-1', url: 'http://127.0.0.1:9999' });

    await lease.stop();

    expect((await server.call('GET', '/admin/services', { token })).body.items.filter(lamps)).to.deep.equal([]);
  });

  it('are for admins alone', async () => {
    expect((await server.call('GET', '/admin/services', { token: tokens.issue() })).status).to.equal(403);
  });

  it('cannot be told while Redis is away', async () => {
    redis.disconnect();
    const answer = await server.call('GET', '/admin/services', { token });
    expect(answer).to.nested.include({ status: 503, 'body.code': 'service.unavailable' });
  });
});
