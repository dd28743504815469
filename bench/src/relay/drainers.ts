import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { setting } from '../bench.ts';
import { end, endWithUs, pidOf, startProcess } from '../reference-process.ts';
import type { OutboxWorld } from './outbox-world.ts';

/** A process that drains an outbox into the broker. */
export interface Drainer {
  readonly pid: number;
  /** Tells it that there are that many rows; the relay has been poked already. */
  go(rows: number): Promise<void>;
  stop(): Promise<void>;
}

const project = join(import.meta.dirname, '../../..');
const deadlineMs = 60_000;

/** The relay itself, as it runs in the shop; `settings` are those of its environment. */
export async function startRelay(
  world: OutboxWorld,
  settings: Readonly<Record<string, string>> = {},
): Promise<Drainer> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--v8-pool-size=0', join(project, 'outbox-relay/src/main.ts')], {
    env: {
      PATH: process.env.PATH ?? '',
      ...(process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}),
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      OUTBOX_RELAY_PORT: String(port),
      OUTBOX_DATABASE_URLS: `orders_db=${world.relayUrl}`,
      AMQP_URL: world.vhost.url,
      REDIS_URL: setting('TEST_REDIS_URL'),
      ...settings,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  endWithUs(child);
  await waitFor(
    'the relay leads',
    async () => (await metric(port, 'outbox_lease{')).some((value) => value === 1),
    deadlineMs,
  );
  return { pid: pidOf(child), go: async () => undefined, stop: () => end(child) };
}

/** One of the reference processes, which waits for the number of rows. */
export async function startReference(script: string, environment: Readonly<Record<string, string>>): Promise<Drainer> {
  const { pid, send, stop } = await startProcess(script, environment);
  return { pid, stop, go: async (rows) => send({ rows }) };
}

async function metric(port: number, start: string): Promise<number[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await answer.text()).split('\n');
  return lines.filter((line) => line.startsWith(start)).map((line) => Number(line.split(' ').at(-1)));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
