import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { handOver, serverAccount } from '../os/accounts.ts';
import { rabbitmqBinary } from './binaries.ts';
import type { Server, ServerContext } from './server.ts';

/** The virtual host and the user that everything of the shop uses; the user may administer the management page. */
export const virtualHost = 'shop';
export const brokerUser = 'shop';

/** RabbitMQ with the management plugin: own cookie, node name, epmd and folders, everything on 127.0.0.1. */
export const rabbitmqServer: Server = {
  name: 'rabbitmq',
  account: 'rabbitmq',
  ports: ['AMQP_PORT', 'AMQP_MANAGEMENT_PORT', 'AMQP_DISTRIBUTION_PORT'],
  told: ['EPMD_PORT'],
  prepare: async (context) => prepareFolders(context),
  command: (context) => ({
    file: rabbitmqBinary('rabbitmq-server'),
    // With "allow input" the script becomes the broker instead of its parent; -noinput then keeps the shell away.
    args: ['-noinput'],
    env: { ...environment(context), RABBITMQ_ALLOW_INPUT: 'yes' },
  }),
  isReady: ({ ports, secrets }) => listens(ports.AMQP_MANAGEMENT_PORT, ports.AMQP_PORT, secrets.rabbitmq),
  startDeadlineMs: 120_000,
  stopSignal: 'SIGTERM',
  stopDeadlineMs: 30_000,
};

function rabbitmqFolder(instance: Instance): string {
  return join(instance.folder, 'rabbitmq');
}

/** What RabbitMQ's programs (the server, rabbitmqctl, rabbitmq-diagnostics) need to find this instance alone. */
export function environment({ instance, ports }: ServerContext): NodeJS.ProcessEnv {
  const folder = rabbitmqFolder(instance);
  // Busy waiting of idle schedulers is worth a fifth of a core on a small machine; a second one woken for a few messages, a sixth of
  // what the broker needs for them. Under load all of them run as before.
  const quiet = '+sbwt none +sbwtdcpu none +sbwtdio none +sws legacy +swt very_high';
  return {
    HOME: folder,
    LANG: 'C.UTF-8',
    RABBITMQ_NODENAME: `sagacity-${instance.name}@localhost`,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'rabbitmq.pid'),
    RABBITMQ_DIST_PORT: String(ports.AMQP_DISTRIBUTION_PORT),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${quiet} -kernel inet_dist_use_interface {127,0,0,1}`,
    ERL_EPMD_PORT: String(ports.EPMD_PORT),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}

function prepareFolders(context: ServerContext): void {
  const account = serverAccount('rabbitmq');
  const folder = rabbitmqFolder(context.instance);
  for (const path of ['', 'data', 'log', 'generated'].map((name) => join(folder, name))) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    handOver(path, account);
  }
  const write = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name);
    // Erlang keeps its cookie read-only; root could write it all the same, an ordinary user not.
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    handOver(path, account);
  };
  write('.erlang.cookie', context.secrets.erlangCookie);
  write('rabbitmq-env.conf', '');
  write('enabled_plugins', '[rabbitmq_management].\n');
  write('rabbitmq.conf', configuration(context));
}

function configuration({ ports, secrets }: ServerContext): string {
  return `# Written at each start; changes made here are lost.
listeners.tcp.1 = 127.0.0.1:${ports.AMQP_PORT}
management.tcp.ip = 127.0.0.1
management.tcp.port = ${ports.AMQP_MANAGEMENT_PORT}

# Used at the first start alone, instead of guest.
default_vhost = ${virtualHost}
default_user = ${brokerUser}
default_pass = ${secrets.rabbitmq}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*

log.file = rabbitmq.log
log.file.rotation.size = 10485760
log.file.rotation.count = 3
log.console = false
`;
}

async function listens(managementPort: number, amqpPort: number, password: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`${brokerUser}:${password}`).toString('base64')}`;
  const url = `http://127.0.0.1:${managementPort}/api/health/checks/port-listener/${amqpPort}`;
  try {
    const answer = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
