import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Instance } from '../instance/instance.ts';
import { handOver, serverAccount } from '../os/accounts.ts';
import { isZombie } from '../os/process-table.ts';
import { waitUntil } from '../os/wait-until.ts';
import { postgresBinary } from './binaries.ts';
import type { Server, ServerContext } from './server.ts';

const run = promisify(execFile);

/** PostgreSQL: durable unless the context says volatile, passwords over TCP on 127.0.0.1 only, no socket file. */
export const postgresServer: Server = {
  name: 'postgres',
  account: 'postgres',
  ports: ['POSTGRES_PORT'],
  prepare: async (context) => {
    await initialise(context);
    await outwaitKilledOne(context.instance);
    writeConfiguration(context);
  },
  command: ({ instance }) => ({
    file: postgresBinary('postgres'),
    args: ['-D', dataFolder(instance)],
    env: { TZ: 'UTC' },
  }),
  isReady: async ({ ports }) => {
    const args = ['-q', '-h', '127.0.0.1', '-p', String(ports.POSTGRES_PORT), '-U', 'postgres', '-d', 'postgres'];
    return run(postgresBinary('pg_isready'), args).then(
      () => true,
      () => false,
    );
  },
  startDeadlineMs: 120_000,
  // Fast shutdown: sessions are ended, what is committed is on disk.
  stopSignal: 'SIGINT',
  stopDeadlineMs: 30_000,
};

function dataFolder(instance: Instance): string {
  return join(instance.folder, 'postgres', 'data');
}

async function initialise({ instance, secrets }: ServerContext): Promise<void> {
  const data = dataFolder(instance);
  if (existsSync(join(data, 'initialised'))) return;
  // A first start that was cut short leaves a folder that initdb refuses.
  rmSync(data, { recursive: true, force: true });
  const account = serverAccount('postgres');
  const parent = join(instance.folder, 'postgres');
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  handOver(parent, account);
  const passwordFile = join(parent, 'password');
  writeFileSync(passwordFile, secrets.postgresAdmin, { mode: 0o600 });
  handOver(passwordFile, account);
  try {
    const args = ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
    await run(postgresBinary('initdb'), [...args, '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-instructions'], {
      cwd: parent,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(join(data, 'initialised'), '');
}

/**
 * PostgreSQL refuses to start while the process that its lock file names exists, and one that was killed exists as
 * a zombie until the init process takes notice. The lock file itself stays PostgreSQL's to judge.
 */
async function outwaitKilledOne(instance: Instance): Promise<void> {
  const lockFile = join(dataFolder(instance), 'postmaster.pid');
  const pid = existsSync(lockFile) ? Number.parseInt(readFileSync(lockFile, 'utf8'), 10) : undefined;
  if (pid !== undefined) await waitUntil(() => !isZombie(pid), { deadlineMs: 60_000, everyMs: 200 });
}

function writeConfiguration(context: ServerContext): void {
  const path = join(dataFolder(context.instance), 'postgresql.conf');
  writeFileSync(path, configuration(context), { mode: 0o600 });
  chmodSync(path, 0o600);
  handOver(path, serverAccount('postgres'));
}

function configuration({ instance, ports, volatile }: ServerContext): string {
  const sharedBuffersMb = Math.min(512, Math.max(64, Math.floor(totalmem() / 1024 / 1024 / 16)));
  const durable = volatile ? 'off' : 'on';
  return `# Written at each start; changes made here are lost.
listen_addresses = '127.0.0.1'
port = ${ports.POSTGRES_PORT}
unix_socket_directories = ''
cluster_name = 'sagacity-${instance.name}'
max_connections = 200
password_encryption = 'scram-sha-256'

fsync = ${durable}
synchronous_commit = ${durable}
full_page_writes = ${durable}
wal_compression = lz4
max_wal_size = 4GB
checkpoint_timeout = 15min

shared_buffers = ${sharedBuffersMb}MB
effective_cache_size = ${sharedBuffersMb * 4}MB
random_page_cost = 1.1
jit = off
autovacuum_naptime = 1min

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.english'

logging_collector = on
log_directory = '../log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] %q%u@%d %a '
`;
}
