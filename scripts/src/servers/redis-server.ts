import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { handOver, serverAccount } from '../os/accounts.ts';
import { binary } from './binaries.ts';
import type { Server, ServerContext } from './server.ts';

/** Redis with its append-only file on, synced every second, behind a password on 127.0.0.1. */
export const redisServer: Server = {
  name: 'redis',
  account: 'redis',
  ports: ['REDIS_PORT'],
  prepare: async (context) => {
    const account = serverAccount('redis');
    const folder = redisFolder(context.instance);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    handOver(folder, account);
    const path = join(folder, 'redis.conf');
    writeFileSync(path, configuration(context, folder), { mode: 0o600 });
    handOver(path, account);
  },
  command: ({ instance }) => ({
    file: binary('redis-server'),
    args: [join(redisFolder(instance), 'redis.conf')],
    env: {},
  }),
  isReady: ({ ports, secrets }) => ping(ports.REDIS_PORT, secrets.redis),
  startDeadlineMs: 60_000,
  stopSignal: 'SIGTERM',
  stopDeadlineMs: 15_000,
};

function redisFolder(instance: Instance): string {
  return join(instance.folder, 'redis');
}

function configuration({ ports, secrets }: ServerContext, folder: string): string {
  return `# Written at each start; changes made here are lost.
bind 127.0.0.1
port ${ports.REDIS_PORT}
protected-mode yes
requirepass ${secrets.redis}
dir "${folder}"
appendonly yes
appendfsync everysec
save 3600 1
maxmemory-policy noeviction
set-proc-title no
`;
}

/** Speaks the protocol by hand, so that starting servers needs no client library. */
function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    const end = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      // "-LOADING" stands in the second line while the append-only file is read.
      if (answer.split('\r\n').length > 2) end(answer.includes('+PONG'));
    });
    socket.once('close', () => resolve(false));
  });
}
