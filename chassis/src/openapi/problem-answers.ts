import { DomainError } from '../errors/domain-error.ts';
import { type Problem, type ProblemStatuses, toProblem } from '../errors/problem.ts';
import type { Route } from '../http/route.ts';
import type { NamedResponses, Reference, ResponseObject, SchemaObject } from './document-parts.ts';

/** The shape of every error answer (RFC 9457); a code may bring members of its own. */
export const problemSchema: SchemaObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'],
  properties: {
    type: { type: 'string', description: 'urn:sagacity:problem:<code>' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The path that was asked for.' },
    code: { type: 'string', description: 'Stable; what a program decides by.' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer; /query/… and /path/… for parameters.' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

const always = ['request.rate_limited', 'internal.error', 'service.unavailable', 'service.timeout'];
const ofTokens = ['auth.invalid_token', 'auth.token_expired', 'auth.token_revoked'];
const ofBodies = ['request.malformed', 'request.too_large', 'request.unsupported_media_type'];

/** Every code that a route may answer with, here or at the gateway. */
export function problemCodesOf(route: Route): readonly string[] {
  const { access, ignoresToken, problems = [], headers = [] } = route;
  return [
    ...new Set([
      'request.invalid',
      ...(route.body === undefined && route.upload === undefined ? [] : ofBodies),
      ...(access === 'public' && ignoresToken ? [] : ofTokens),
      ...(access === 'public' ? [] : ['auth.required']),
      ...(access === 'admin' ? ['auth.forbidden'] : []),
      ...(headers.some(({ name }) => name === 'If-Match') ? ['request.version_mismatch'] : []),
      ...problems,
      ...always,
    ]),
  ];
}

export interface ProblemContext {
  readonly operationId: string;
  readonly statuses: ProblemStatuses;
  /** What codes say, in Markdown. */
  readonly meanings: Readonly<Record<string, string>>;
  /** Where answers are put that several operations share. */
  readonly named: NamedResponses;
}

/** One answer a status; which codes it may carry stands in its schema. An answer of one code alone is put among the named ones. */
export function problemAnswers(
  codes: readonly string[],
  context: ProblemContext,
): Record<string, ResponseObject | Reference> {
  const { statuses, operationId, named } = context;
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const status = statuses[code];
    if (status === undefined) throw new Error(`${operationId} names ${code}, which has no status`);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(
    ([status, of]) => [String(status), refer(of, answerOf(status, of, context), named)] as const,
  );
  return Object.fromEntries(answers);
}

function refer(codes: readonly string[], answer: ResponseObject, named: NamedResponses): ResponseObject | Reference {
  const [code = '', ...others] = codes;
  if (others.length > 0) return answer;
  named[code] = answer;
  return { $ref: `#/components/responses/${code}` };
}

function answerOf(status: number, codes: readonly string[], context: ProblemContext): ResponseObject {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
  };
  return {
    description: describe(codes, context),
    ...(status === 429 || status === 503
      ? { headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } } }
      : {}),
    content: { 'application/problem+json': { schema, examples: examplesOf(codes, context) } },
  };
}

function describe(codes: readonly string[], { meanings }: ProblemContext): string {
  return codes.map((code) => [`\`${code}\``, ...(meanings[code] ? [meanings[code]] : [])].join(': ')).join('\n\n');
}

function examplesOf(codes: readonly string[], context: ProblemContext): Record<string, { readonly value: Problem }> {
  return Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, context) }]));
}

/** Made as an answer is made; what differs from request to request stands for its kind. */
function exampleOf(code: string, { statuses }: ProblemContext): Problem {
  const errors = code === 'request.invalid' ? [{ pointer: '/limit', code: 'maximum', detail: 'must be <= 100' }] : [];
  return toProblem(new DomainError(code, 'One sentence for people.', { errors }), statuses, {
    path: '/the/path/asked/for',
    requestId: '0198c0de-7000-7000-8000-000000000001',
  });
}
