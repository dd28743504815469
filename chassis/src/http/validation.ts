import { DomainError } from '../errors/domain-error.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { compile, compileForText, type Validation } from '../schema/validator.ts';
import type { Route } from './route.ts';
import { unstorable } from './storable.ts';

/** The parts of a request that a route has schemas for. */
export interface RawParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const emptyQuery = { type: 'object', additionalProperties: false } as const satisfies JsonSchema;

/** Compiles the schemas of a route once; the validator throws `request.invalid` with every fault, or returns the parts with texts read as numbers. */
export function requestValidator(route: Route): (raw: RawParts) => RawParts {
  const params = route.params === undefined ? undefined : compileForText(route.params);
  const query = compileForText(route.query ?? emptyQuery);
  const body = route.body === undefined ? undefined : compile(route.body);
  return (raw) => {
    const checked = { params: { ...(raw.params as object) }, query: { ...(raw.query as object) }, body: raw.body };
    const faults = [
      ...faultsOf('/path', params?.(checked.params)),
      ...faultsOf('/query', query(checked.query)),
      ...faultsOf('', body?.(checked.body)),
      ...unstorable(checked.params, '/path'),
      ...unstorable(checked.query, '/query'),
      ...unstorable(checked.body),
    ];
    if (faults.length > 0) throw new DomainError('request.invalid', 'The request is not valid.', { errors: faults });
    return checked;
  };
}

function faultsOf(prefix: string, validation: Validation | undefined) {
  if (validation === undefined || validation.valid) return [];
  return validation.faults.map((fault) => ({ ...fault, pointer: `${prefix}${fault.pointer}` }));
}
