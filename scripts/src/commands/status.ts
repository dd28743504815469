import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { allServers } from '../servers/all-servers.ts';
import { runningServer } from '../servers/server-control.ts';
import { readSettings } from '../settings/settings.ts';
import { runningSupervisor } from '../supervisor/supervisor-control.ts';
import type { ProcessState } from '../supervisor/supervisor-files.ts';
import { systemProcesses } from '../system/processes.ts';
import { isReady } from '../system/readiness.ts';

/** Prints one line per server and process; the exit code is 1 unless all of them run and are ready. */
export async function status(): Promise<void> {
  const instance = findInstance(readSettings().name);
  const ports = rememberedPorts(instance);
  // The name server belongs to the broker, which replaces it when it dies.
  const servers = allServers
    .filter(({ name }) => name !== 'epmd')
    .map((server) => {
      const record = runningServer(server, instance);
      const [port] = server.ports.map((name) => record?.ports[name]);
      return [server.name, record ? 'running' : 'down', record?.process.pid, port, '', ''];
    });
  const supervisor = runningSupervisor(instance);
  const processes = await Promise.all(
    systemProcesses.map(async ({ name, port }) => {
      const state = supervisor?.processes.find((process) => process.name === name);
      const ready = state?.process !== undefined && ports !== undefined && (await isReady(ports[port]));
      return [name, describe(state, ready), state?.process?.pid, ports?.[port], state?.restarts, state?.lastEnd];
    }),
  );
  const head = ['', 'state', 'pid', 'port', 'restarts', 'last end'];
  const supervisorRow = ['supervisor', supervisor ? 'running' : 'down', supervisor?.supervisor.pid, '', '', ''];
  console.log(table([head, ...servers, supervisorRow, ...processes]));
  if ([...servers, ...processes].some(([, state]) => state !== 'running' && state !== 'ready')) process.exitCode = 1;
}

function describe(state: ProcessState | undefined, ready: boolean): string {
  if (state === undefined) return 'down';
  if (state.state === 'running') return ready ? 'ready' : 'not ready';
  return state.state === 'waiting' ? 'restarts soon' : state.state;
}

/** Rows of cells as columns of text. */
export function table(rows: (string | number | undefined)[][]): string {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? '')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
