import type { Access } from '../http/route.ts';
import type { JsonSchema } from '../schema/json-schema.ts';

export type SchemaObject = Readonly<Record<string, unknown>>;
export type WriteSchema = (schema: JsonSchema) => SchemaObject;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: SchemaObject;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema?: SchemaObject; readonly examples?: object }>>;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: SchemaObject }>>;
}

export type Reference = { readonly $ref: string };
export type NamedResponses = Record<string, ResponseObject>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Who may call: `public`, `user` or `admin`. */
  readonly 'x-access': Access;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
}
