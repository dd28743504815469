import { join } from 'node:path';
import type { Instance } from '../instance/instance.ts';
import { readJson, writeJson } from '../instance/json-file.ts';
import type { ProcessRecord } from '../os/process-table.ts';

/** One process to keep running: arguments for node and what it finds in its environment. */
export type ProcessSpec = { name: string; args: string[]; env: Record<string, string> };

/** What is to run. Written by commands, read by the supervisor at its start and at SIGHUP. */
export type Wanted = { revision: number; processes: ProcessSpec[] };

export type ProcessState = {
  name: string;
  /** `waiting` is the pause between an end and the next start. */
  state: 'running' | 'waiting' | 'stopping';
  process?: ProcessRecord;
  /** Starts after the first one, wanted or not. */
  restarts: number;
  startedAt?: string;
  lastEnd?: string;
};

/** What runs. Written by the supervisor at every change, read by commands. */
export type Reported = { supervisor: ProcessRecord; revision: number; processes: ProcessState[] };

export function readWanted(instance: Instance): Wanted {
  return readJson<Wanted>(wantedPath(instance)) ?? { revision: 0, processes: [] };
}

export function writeWanted(instance: Instance, wanted: Wanted): void {
  writeJson(wantedPath(instance), wanted);
}

export function readReported(instance: Instance): Reported | undefined {
  return readJson<Reported>(reportedPath(instance));
}

export function writeReported(instance: Instance, reported: Reported): void {
  writeJson(reportedPath(instance), reported);
}

/** Where the output of a process goes. */
export function processLog(instance: Instance, name: string): string {
  return join(instance.folder, 'logs', `${name}.log`);
}

function wantedPath(instance: Instance): string {
  return join(instance.folder, 'processes.json');
}

/** Where the supervisor tells what runs. */
export function reportedPath(instance: Instance): string {
  return join(instance.folder, 'supervisor.json');
}
