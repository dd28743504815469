import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { handOver, serverAccount } from '../os/accounts.ts';
import { binary } from './binaries.ts';
import type { Server } from './server.ts';

/** Erlang's name server, one of our own: the machine's shared one would outlive us and answer on all addresses. */
export const epmdServer: Server = {
  name: 'epmd',
  account: 'rabbitmq',
  ports: ['EPMD_PORT'],
  prepare: async ({ instance }) => {
    const folder = join(instance.folder, 'epmd');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    handOver(folder, serverAccount('rabbitmq'));
  },
  command: ({ ports }) => ({
    file: binary('epmd'),
    args: ['-port', String(ports.EPMD_PORT), '-address', '127.0.0.1'],
    env: {},
  }),
  isReady: ({ ports }) => accepts(ports.EPMD_PORT),
  startDeadlineMs: 10_000,
  stopSignal: 'SIGTERM',
  stopDeadlineMs: 5_000,
};

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}
