import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeInstance } from '../src/commands/down.ts';
import { type Instance, openInstance } from '../src/instance/instance.ts';
import { openPorts } from '../src/instance/open-ports.ts';
import { openSecrets } from '../src/instance/secrets.ts';
import { isPortFree } from '../src/os/port-probe.ts';
import { isRunning } from '../src/os/process-table.ts';
import { redisServer } from '../src/servers/redis-server.ts';
import type { ServerContext } from '../src/servers/server.ts';
import { ensureServer, runningServer, stopServer } from '../src/servers/server-control.ts';

describe('a server of an instance', () => {
  let instance: Instance;
  let context: ServerContext;
  beforeEach(async () => {
    instance = openInstance(`redis-${process.pid}`);
    const ports = await openPorts(instance, { shift: 14_000, demanded: {}, isOurs: () => false });
    context = { instance, ports, secrets: openSecrets(instance), volatile: false };
  });
  afterEach(async () => {
    await stopServer(redisServer, instance);
    removeInstance(instance);
  });

  it('is started once, however often it is asked for', async () => {
    expect(await ensureServer(redisServer, context)).to.equal('started');
    const first = runningServer(redisServer, instance);

    expect(await ensureServer(redisServer, context)).to.equal('was running');

    expect(runningServer(redisServer, instance)).to.deep.equal(first);
    expect(existsSync(join(instance.folder, 'redis', 'appendonlydir'))).to.equal(true);
  });

  it('is started again when its port has changed', async () => {
    await ensureServer(redisServer, context);
    const first = runningServer(redisServer, instance);
    const moved = { ...context, ports: { ...context.ports, REDIS_PORT: context.ports.GATEWAY_PORT } };

    expect(await ensureServer(redisServer, moved)).to.equal('started');

    expect(isRunning(first?.process)).to.equal(false);
    expect(await redisServer.isReady(moved)).to.equal(true);
  });

  it('frees its port when it is stopped', async () => {
    await ensureServer(redisServer, context);

    await stopServer(redisServer, instance);

    expect(runningServer(redisServer, instance)).to.equal(undefined);
    expect(await isPortFree(context.ports.REDIS_PORT)).to.equal(true);
  });

  it('is not started where a stranger answers in its place', async () => {
    const answerAll = (socket: Socket) => socket.on('data', () => socket.write('+OK\r\n+PONG\r\n'));
    const stranger = createServer(answerAll).listen(context.ports.REDIS_PORT, '127.0.0.1');
    await once(stranger, 'listening');

    const error = await ensureServer(redisServer, context).catch(String);
    stranger.close();

    expect(error).to.include(`port ${context.ports.REDIS_PORT}, meant for redis, was taken`);
    expect(runningServer(redisServer, instance)).to.equal(undefined);
  });

  it('says why it cannot start', async () => {
    mkdirSync(join(instance.folder, 'redis'));
    writeFileSync(join(instance.folder, 'redis', 'appendonlydir'), 'in the way');

    const error = await ensureServer(redisServer, context).catch(String);

    expect(error).to.include('redis ended at its start').and.to.include('append-only dir');
  });
});
