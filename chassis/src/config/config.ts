import type { JsonSchema } from '../schema/json-schema.ts';
import { compileForText } from '../schema/validator.ts';
import { isForDevelopment, settingText } from './secret-files.ts';

/** The settings of a process are wrong; the message names every fault, one per line. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`configuration is wrong: ${faults.join('; ')}`);
    this.name = 'ConfigError';
  }
}

/** One setting: an environment variable with a description; without a default it may be unset unless it is required. */
export interface Setting {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly format?: 'uri' | 'email';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
}

export type Settings = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S['type'] extends 'string'
    ? string
    : S['type'] extends 'boolean'
      ? boolean
      : number;

/** The values read for settings: those with a default and those required are there, the others may be missing. */
export type ConfigOf<S extends Settings, R extends keyof S> = {
  readonly [K in keyof S as S[K] extends { readonly default: unknown } ? K : K extends R ? K : never]: ValueOf<S[K]>;
} & {
  readonly [K in keyof S as S[K] extends { readonly default: unknown } ? never : K extends R ? never : K]?: ValueOf<
    S[K]
  >;
};

/** Reads settings from the environment and the files that it names, fills in defaults, and throws one ConfigError that names all faults at once. */
export function loadConfig<const S extends Settings, const R extends keyof S & string>(
  settings: S,
  required: readonly R[],
  environment: Readonly<Record<string, string | undefined>>,
): ConfigOf<S, R> {
  const values = readValues(Object.keys(settings), environment);
  const result = compileForText({ type: 'object', properties: settings, required } as JsonSchema)(values);
  if (!result.valid) {
    throw new ConfigError(result.faults.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`));
  }
  if (environment.DEPLOYMENT === 'production') refuseDevelopmentValues(values);
  return values as unknown as ConfigOf<S, R>;
}

function readValues(names: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of names) {
    try {
      const value = settingText(environment, name);
      if (value !== undefined) values[name] = value;
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return values;
}

/** Also a default counts: what nobody has set is as well known as what the repository sets. */
function refuseDevelopmentValues(values: Readonly<Record<string, unknown>>): void {
  const known = Object.keys(values).filter((name) => isForDevelopment(String(values[name])));
  if (known.length === 0) return;
  throw new ConfigError(known.map((name) => `${name} is the one for development, which everybody can read`));
}

/** Settings that every process has; spread into a service's own schema. */
export const processSettings = {
  HOST: { type: 'string', default: '127.0.0.1', description: 'Address to listen on.' },
  LOG_LEVEL: {
    type: 'string',
    enum: ['error', 'warn', 'info', 'debug'],
    default: 'info',
    description: 'Least severe level that is logged.',
  },
  DEPLOYMENT: {
    type: 'string',
    enum: ['development', 'production'],
    default: 'development',
    description: 'production: the process refuses to start with a password that stands in the repository.',
  },
} as const satisfies Settings;

/** Settings of a process that verifies access tokens; spread into a service's own schema. */
export const tokenSettings = {
  JWKS_URL: {
    type: 'string',
    format: 'uri',
    default: 'http://127.0.0.1:8001/.well-known/jwks.json',
    description: "Where the user service's public keys are.",
  },
  JWT_ISSUER: { type: 'string', default: 'sagacity', description: 'Issuer that access tokens must name.' },
  JWT_AUDIENCE: { type: 'string', default: 'sagacity', description: 'Audience that access tokens must name.' },
} as const satisfies Settings;

/** Settings of a process that keeps rows and speaks over the broker; spread into a service's own schema. */
export const storageSettings = {
  DATABASE_URL: { type: 'string', format: 'uri', description: "PostgreSQL URL of the service's own database." },
  DATABASE_POOL_MAX: {
    type: 'integer',
    minimum: 1,
    maximum: 200,
    default: 10,
    description: 'Most connections of this process to its database.',
  },
  AMQP_URL: { type: 'string', format: 'uri', description: 'RabbitMQ URL with virtual host.' },
  REDIS_URL: { type: 'string', format: 'uri', default: 'redis://127.0.0.1:6379/0', description: 'Redis URL.' },
} as const satisfies Settings;

/** Setting of the port a process listens on. */
export function portSetting(port: number, description: string) {
  return { type: 'integer', minimum: 0, maximum: 65535, default: port, description } as const satisfies Setting;
}
