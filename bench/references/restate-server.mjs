import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(
  import.meta.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`),
);

/**
 * One node as it comes: 24 partitions, and a log that waits for the disk (`rocksdb-disable-wal-fsync` is false). Chosen are its addresses,
 * and that it reports nothing; only its question to GitHub at its start, whether there is a newer version, cannot be turned off. If
 * it ends before it is told to, so does this process.
 */
export async function startRestateServer(folder) {
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  remove();
  const [ingress, admin, node] = await freePorts(3);
  const ingressUrl = `http://127.0.0.1:${ingress}`;
  const adminUrl = `http://127.0.0.1:${admin}`;
  // By setpriv the kernel kills it when this process ends, in whatever way.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', binary, '--base-dir', folder], {
    env: {
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_BIND_IP: '127.0.0.1',
      RESTATE_BIND_PORT: node,
      RESTATE_INGRESS__BIND_PORT: ingress,
      RESTATE_ADMIN__BIND_PORT: admin,
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FILTER: 'error,octocrab=off',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const fail = (code, signal) => {
    console.error(`the Restate server ended with ${code ?? signal}`);
    process.exit(1);
  };
  child.once('exit', fail);
  process.once('exit', () => {
    child.kill('SIGKILL');
    remove();
  });
  await untilHealthy(`${adminUrl}/health`);
  await untilHealthy(`${ingressUrl}/restate/health`);
  return {
    ingressUrl,
    register: async (uri) => {
      const answer = await fetch(`${adminUrl}/deployments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ uri }),
      });
      if (!answer.ok) throw new Error(`Restate does not take the deployment: ${await answer.text()}`);
    },
    end: async () => {
      child.off('exit', fail);
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function untilHealthy(url) {
  for (const deadline = performance.now() + 60_000; ; await delay(50)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
