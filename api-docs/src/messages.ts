import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { importAll, servicesWithRoutes } from './service-routes.ts';

export interface Message {
  readonly key: string;
  readonly producer: string;
  /** The schema of the body's `data`. */
  readonly data: object;
}

interface EventSchema {
  readonly properties: { readonly type: { readonly const: string }; readonly data: object };
}

/** The events that services export in their contracts, each once. */
export async function readEvents(): Promise<readonly Message[]> {
  const events = await perService('contract', (service, exported) =>
    Object.values(exported)
      .filter(isEventSchema)
      .map(({ properties }) => ({ key: properties.type.const, producer: service, data: properties.data })),
  );
  return [...new Map(events.map((event) => [event.key, event])).values()];
}

/** The commands that participants export: tables named `…Commands`, with the schema of `service.verb-noun` named `verbNounData`. */
export async function readCommands(): Promise<readonly Message[]> {
  return perService('contract', (service, exported) => {
    const tables = Object.entries(exported).filter(([name]) => name.endsWith('Commands'));
    return tables.flatMap(([, keys]) =>
      Object.values(keys as Record<string, string>).map((key) => {
        const data = exported[`${camelCase(key.slice(service.length + 1))}Data`];
        if (typeof data !== 'object' || data === null) throw new Error(`there is no schema for ${key}`);
        return { key, producer: 'saga-orchestrator', data };
      }),
    );
  });
}

/** The queues that services declare, with their bindings. */
export async function readQueues(): Promise<readonly QueueSpec[]> {
  return perService('messaging', (_service, exported) => Object.values(exported).filter(isQueue));
}

async function perService<T>(
  folder: string,
  read: (service: string, exported: Readonly<Record<string, unknown>>) => readonly T[],
): Promise<readonly T[]> {
  const found = servicesWithRoutes.map(async (service) => {
    const modules = await importAll(`${service}/src/${folder}/*.ts`);
    return read(service, Object.assign({}, ...modules));
  });
  return (await Promise.all(found)).flat();
}

function isEventSchema(value: unknown): value is EventSchema {
  const { properties } = (value ?? {}) as { properties?: Partial<EventSchema['properties']> };
  return typeof properties?.type?.const === 'string' && 'event_id' in (properties ?? {});
}

function isQueue(value: unknown): value is QueueSpec {
  return typeof value === 'object' && value !== null && 'bindings' in value && 'name' in value;
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
