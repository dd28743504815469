import { commonStatuses, type ProblemStatuses } from '../errors/problem.ts';
import type { Route } from '../http/route.ts';
import type { NamedResponses, Operation, SchemaObject, WriteSchema } from './document-parts.ts';
import { operationOf } from './operation.ts';
import { problemSchema } from './problem-answers.ts';

/** The part of an OpenAPI 3.1 document that is made here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>;
    readonly responses: NamedResponses;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** The operations of one service, with the statuses of its own error codes. */
export interface ServiceRoutes {
  readonly service?: string;
  /** What the service's operations are about. */
  readonly about?: string;
  readonly routes: readonly Route[];
  readonly problems: ProblemStatuses;
}

export interface DocumentOptions {
  readonly title: string;
  readonly description: string;
  /** Schemas that get a name of their own, by identity; the others stand where they are used. */
  readonly names?: ReadonlyMap<object, string>;
  /** What error codes say, in Markdown, by code. */
  readonly meanings?: Readonly<Record<string, string>>;
}

/** The version of the interface: raised when something that a client relies on changes. */
const apiVersion = '1.0.0';

/** Describes routes by the very schemas that validate their requests; throws when a route names an error code that has no status. */
export function openApiDocument(services: readonly ServiceRoutes[], options: DocumentOptions): OpenApiDocument {
  const schemas: Record<string, SchemaObject> = { Problem: problemSchema };
  const write = schemaWriter(options.names ?? new Map(), schemas);
  const named: NamedResponses = {};
  const { meanings = {} } = options;
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { service, routes, problems } of services) {
    const statuses = { ...commonStatuses, ...problems };
    for (const route of routes) {
      const path = templateOf(route.path);
      paths[path] = {
        ...paths[path],
        [route.method]: operationOf(route, { service, statuses, write, named, meanings }),
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: { title: options.title, version: apiVersion, description: options.description },
    tags: services.flatMap(tagOf),
    paths,
    components: {
      schemas: sorted(schemas),
      responses: sorted(named),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function tagOf({ service, about }: ServiceRoutes): OpenApiDocument['tags'] {
  if (service === undefined) return [];
  return [{ name: service, ...(about === undefined ? {} : { description: about }) }];
}

function sorted<T>(named: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An express path as OpenAPI writes it: `/orders/:order_id` is `/orders/{order_id}`. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

/** Copies a schema; where a part of it has a name, the copy refers to that name, and the part is put among the named ones. */
function schemaWriter(names: ReadonlyMap<object, string>, named: Record<string, SchemaObject>): WriteSchema {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    const name = names.get(value);
    return name === undefined ? copyMembers(value) : refer(name, value);
  };
  const copyMembers = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copy(part)]));
  const refer = (name: string, value: object) => {
    named[name] ??= copyMembers(value);
    return { $ref: `#/components/schemas/${name}` };
  };
  return (schema) => copy(schema) as SchemaObject;
}
