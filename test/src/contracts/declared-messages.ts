import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerTable, MessageHandler } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';

export const root = join(import.meta.dirname, '../../..');

/** A queue that a service declares, with the handlers of the module that declares it. */
export interface DeclaredConsumer {
  readonly service: string;
  readonly queue: QueueSpec;
  readonly handlers: HandlerTable;
}

/** An event in the contract of the service that owns it. */
export interface DeclaredEvent {
  readonly service: string;
  readonly key: string;
  readonly schema: { readonly properties: { readonly type: { readonly const: string } } };
}

/** All queues of all services: whatever module of a `messaging` folder exports one is found, so that none can be forgotten. */
export async function findConsumers(): Promise<readonly DeclaredConsumer[]> {
  const consumers: DeclaredConsumer[] = [];
  for (const path of modules('*/src/messaging/*.ts')) {
    const exported = Object.entries((await import(join(root, path))) as Record<string, unknown>);
    const handlers = Object.assign({}, ...exported.map(([name, value]) => handlersIn(name, value)));
    for (const queue of exported.map(([, value]) => value).filter(isQueue)) {
      consumers.push({ service: serviceOf(path), queue, handlers });
    }
  }
  return consumers;
}

/** All events of all contracts. */
export async function findEvents(): Promise<readonly DeclaredEvent[]> {
  const events: DeclaredEvent[] = [];
  for (const path of modules('*/src/contract/events.ts')) {
    const exported = (await import(join(root, path))) as Record<string, unknown>;
    for (const [name, table] of Object.entries(exported)) {
      if (!name.endsWith('Events')) continue;
      for (const [key, schema] of Object.entries(table as Record<string, DeclaredEvent['schema']>)) {
        events.push({ service: serviceOf(path), key, schema });
      }
    }
  }
  return events;
}

/** True when the handler's schema is one for messages of that type and of no other. */
export function takesType(handler: MessageHandler, type: string): boolean {
  const faultsOf = (body: object) => {
    const validation = handler.validate(body);
    return validation.valid ? [] : validation.faults.map(({ pointer }) => pointer);
  };
  return !faultsOf({ type }).includes('/type') && faultsOf({ type: `not.${type}` }).includes('/type');
}

function modules(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root })
    .filter((path) => !path.startsWith('chassis/') && !path.endsWith('.test.ts'))
    .sort();
}

function serviceOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function isQueue(value: unknown): value is QueueSpec {
  return typeof value === 'object' && value !== null && 'bindings' in value && 'name' in value;
}

/** A table, or what makes one: it keeps what it is given for when a message comes, which here never happens. */
function handlersIn(name: string, value: unknown): HandlerTable {
  if (!/handlers$/i.test(name)) return {};
  return (typeof value === 'function' ? value({}) : value) as HandlerTable;
}
