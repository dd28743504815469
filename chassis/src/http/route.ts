import type { Readable } from 'node:stream';
import type { Actor } from '../auth/actor.ts';
import type { JsonSchema, Static } from '../schema/json-schema.ts';
import type { Answer } from './answers.ts';
import type { RequestHeader } from './request-headers.ts';

/** Who may call: anyone, anyone with a valid token, or an admin. Ownership is checked by the use case. */
export type Access = 'public' | 'user' | 'admin';

type Typed<S> = S extends JsonSchema ? Static<S> : undefined;

/** What a handler gets: everything validated, nothing of express. */
export interface RouteRequest<A extends Access, P, Q, B> {
  readonly actor: A extends 'public' ? Actor | undefined : Actor;
  readonly params: Typed<P>;
  readonly query: Typed<Q>;
  readonly body: Typed<B>;
  /** The body's bytes as they came, for signatures; empty when there was none. */
  readonly rawBody: Buffer;
  /** The body as it comes, of a route that takes uploads. */
  readonly upload: Readable;
  /** The media type of an upload, one of those that its route takes. */
  readonly mediaType: string;
  readonly requestId: string;
  /** W3C trace context of the request. */
  readonly traceparent: string;
  /** When the caller gives up, in milliseconds since 1970; undefined when it did not say. What is asked of others must not outlast it. */
  readonly deadlineMs: number | undefined;
  /** A request header in lower case. */
  header(name: string): string | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  readonly clientAddress: string;
}

export interface AnswerSpec {
  readonly description: string;
  readonly schema?: JsonSchema;
  /** `application/json` unless it says otherwise. */
  readonly contentType?: string;
  /** Headers that the answer may carry: name to description. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation of a service: routing, documentation and validation come from the same values. */
export interface RouteSpec<A extends Access, P, Q, B> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Express path, with parameters as `:name`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly access: A;
  /** True when a token that comes along is not looked at: an expired one must not keep its owner from getting a new one. */
  readonly ignoresToken?: boolean;
  readonly params?: P;
  readonly query?: Q;
  /** Headers that the handler looks at, for the documents: the handler checks them itself. */
  readonly headers?: readonly RequestHeader[];
  readonly body?: B;
  /** True when the body may be left out; it is then `{}` to the schema. */
  readonly bodyOptional?: boolean;
  /** Media types of a body that the handler reads as a stream, of whatever size; it counts the bytes. */
  readonly upload?: readonly string[];
  /** Documented answers by status; the first one below 300 is what tests hold answers against. */
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Codes of problems that this operation may answer with, beside the common ones. */
  readonly problems?: readonly string[];
  readonly handle: (request: RouteRequest<A, P, Q, B>) => Promise<Answer>;
}

/** A route whose types are forgotten, as the application mounts it. */
export type Route = RouteSpec<Access, JsonSchema | undefined, JsonSchema | undefined, JsonSchema | undefined>;

/** Declares one operation; parameters, query and body have the types that their schemas describe. */
export function route<
  const A extends Access,
  const P extends JsonSchema | undefined = undefined,
  const Q extends JsonSchema | undefined = undefined,
  const B extends JsonSchema | undefined = undefined,
>(spec: RouteSpec<A, P, Q, B>): Route {
  return spec as unknown as Route;
}
