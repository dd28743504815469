import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { OutboxDatabase } from '../config.ts';
import { createOutboxReader, type OutboxState } from './outbox-state.ts';

/** Reads the states of all outboxes. */
export interface OutboxReaders extends Part {
  readonly databases: readonly string[];
  /** The states of those databases that answer, at most a second old. */
  readAll(): Promise<readonly OutboxState[]>;
}

const freshForMs = 1_000;

export function createOutboxReaders(databases: readonly OutboxDatabase[], logger: Logger): OutboxReaders {
  const report = (database: string) => (error: unknown) => logger.warn('outbox cannot be read', { database, error });
  const readers = databases.map(({ name, url }) => ({
    name,
    reader: createOutboxReader({ database: name, url, onError: report(name) }),
  }));
  let reading: { readonly at: number; readonly states: Promise<readonly OutboxState[]> } | undefined;
  const readNow = async () => {
    const answers = await Promise.all(readers.map(({ name, reader }) => reader.read().catch(report(name))));
    return answers.filter((state): state is OutboxState => state !== undefined);
  };
  return {
    name: 'outbox readers',
    databases: databases.map(({ name }) => name),
    readAll: () => {
      const now = performance.now();
      if (!reading || now - reading.at > freshForMs) reading = { at: now, states: readNow() };
      return reading.states;
    },
    start: async () => undefined,
    stop: async () => {
      await Promise.all(readers.map(({ reader }) => reader.close()));
    },
  };
}
