import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonSchema } from './json-schema.ts';

/** One fault of a value: a JSON Pointer (RFC 6901) to where it is, a stable code and a sentence. */
export interface SchemaFault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export type Validation = { readonly valid: true } | { readonly valid: false; readonly faults: readonly SchemaFault[] };
export type Validator = (value: unknown) => Validation;

const strictOptions: Options = {
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  multipleOfPrecision: 6,
};

const bodies = withFormats(new Ajv2020(strictOptions));
const texts = withFormats(new Ajv2020({ ...strictOptions, coerceTypes: true, useDefaults: true }));

/** Compiles a schema once; the validator reports every fault of a value and changes nothing in it. */
export function compile(schema: JsonSchema): Validator {
  return toValidator(bodies.compile(schema as object));
}

/** As compile, for query, path and environment texts: numbers and booleans are read from text, defaults filled in, in place. */
export function compileForText(schema: JsonSchema): Validator {
  return toValidator(texts.compile(schema as object));
}

function withFormats(ajv: Ajv2020): Ajv2020 {
  formats.default(ajv, ['email', 'date-time', 'uuid', 'uri']);
  return ajv;
}

function toValidator(validate: ValidateFunction): Validator {
  return (value) =>
    validate(value) ? { valid: true } : { valid: false, faults: (validate.errors ?? []).map(toFault) };
}

function toFault(error: ErrorObject): SchemaFault {
  switch (error.keyword) {
    case 'required':
      return fault(error, `/${error.params.missingProperty}`, 'required', 'is required');
    case 'additionalProperties':
      return fault(error, `/${error.params.additionalProperty}`, 'unknown', 'is not a known field');
    default:
      return fault(error, '', error.keyword, error.message ?? 'is not valid');
  }
}

function fault(error: ErrorObject, suffix: string, code: string, detail: string): SchemaFault {
  return { pointer: `${error.instancePath}${suffix}`, code, detail };
}
