import { join } from 'node:path';
import { isPortFree } from '../os/port-probe.ts';
import { say } from '../os/tell.ts';
import type { Instance } from './instance.ts';
import { readJson, writeJson } from './json-file.ts';
import { choosePorts, type PortName, type Ports } from './ports.ts';

export type OpenPortsOptions = {
  shift: number;
  demanded: Partial<Ports>;
  /** True when a process of this instance listens on the port for this purpose. */
  isOurs: (name: PortName, port: number) => boolean;
};

/** The ports of the instance, remembered from now on; says in one line each which one had to move. */
export async function openPorts(instance: Instance, options: OpenPortsOptions): Promise<Ports> {
  const { ports, moves } = await choosePorts({
    ...options,
    remembered: rememberedPorts(instance) ?? {},
    isFree: isPortFree,
  });
  for (const { name, from, to } of moves) say(`port ${from} is taken, ${name} moves to ${to}`);
  writeJson(join(instance.folder, 'ports.json'), ports);
  return ports;
}

/** The ports that the instance used last; undefined when it was never started. */
export function rememberedPorts(instance: Instance): Ports | undefined {
  return readJson<Ports>(join(instance.folder, 'ports.json'));
}
