import type { AnswerSpec, Route } from '../http/route.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Operation, Parameter, RequestBody, ResponseObject, SchemaObject, WriteSchema } from './document-parts.ts';
import { type ProblemContext, problemAnswers, problemCodesOf } from './problem-answers.ts';

export interface OperationContext extends Omit<ProblemContext, 'operationId'> {
  readonly service: string | undefined;
  readonly write: WriteSchema;
}

/** Describes one route. */
export function operationOf(route: Route, { service, write, ...problems }: OperationContext): Operation {
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: service === undefined ? [] : [service],
    security: securityOf(route),
    'x-access': route.access,
    parameters: [
      ...parametersIn('path', route.params, write),
      ...parametersIn('query', route.query, write),
      ...headersOf(route),
    ],
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route, route.body, write) }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, spec]) => [status, responseOf(spec, write)])),
      ...problemAnswers(problemCodesOf(route), { ...problems, operationId: route.operationId }),
    },
  };
}

function securityOf({ access, ignoresToken }: Route): Operation['security'] {
  if (access !== 'public') return [{ bearer: [] }];
  return ignoresToken ? [] : [{}, { bearer: [] }];
}

function parametersIn(place: 'path' | 'query', schema: JsonSchema | undefined, write: WriteSchema): Parameter[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, JsonSchema>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const hasDefault = typeof property === 'object' && 'default' in property;
    // A default is filled in before the schema is asked, so that its parameter may be left out.
    const isRequired = place === 'path' || (required.includes(name) && !hasDefault);
    return { name, in: place, required: isRequired, schema: write(property) };
  });
}

function headersOf(route: Route): Parameter[] {
  return (route.headers ?? []).map(({ name, description, required = false, schema }) => ({
    name,
    in: 'header',
    required,
    description,
    schema: schema as SchemaObject,
  }));
}

function requestBodyOf(route: Route, body: JsonSchema, write: WriteSchema): RequestBody {
  return { required: !route.bodyOptional, content: { 'application/json': { schema: write(body) } } };
}

function responseOf({ description, schema, contentType, headers }: AnswerSpec, write: WriteSchema): ResponseObject {
  const type = contentType ?? 'application/json';
  const content = schema === undefined && contentType === undefined ? undefined : { [type]: contentOf(schema, write) };
  return {
    description,
    ...(headers === undefined ? {} : { headers: describeHeaders(headers) }),
    ...(content === undefined ? {} : { content }),
  };
}

function contentOf(schema: JsonSchema | undefined, write: WriteSchema): { schema: SchemaObject } {
  return { schema: schema === undefined ? { type: 'string' } : write(schema) };
}

function describeHeaders(headers: Readonly<Record<string, string>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}
