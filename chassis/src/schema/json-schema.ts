import type { FromSchema, JSONSchema } from 'json-schema-to-ts';

/** A JSON Schema written as a constant, so that the compiler can read the type it describes. */
export type JsonSchema = JSONSchema;

/** The TypeScript type that values accepted by the schema have. */
export type Static<S extends JSONSchema> = FromSchema<S>;
