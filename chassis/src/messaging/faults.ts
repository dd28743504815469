import { isStalePlan, sqlState } from '../db/sql-state.ts';
import { DomainError } from '../errors/domain-error.ts';

/** A fault that is expected to pass: the message is tried again, first in place, then after the delays of the retry ladder. */
export class TransientError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'TransientError';
  }
}

/** A fault of the message itself, which no retry mends: it goes to the dead-letter queue at once. */
export class PermanentError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'PermanentError';
    this.code = code;
  }
}

/**
 * What a fault calls for. `transient`: a few tries in place, then the retry ladder. `permanent`: the dead-letter queue at once.
 * `unforeseen` (a bug, or a case nobody thought of): the retry ladder without tries in place.
 */
export type FaultClass = 'transient' | 'permanent' | 'unforeseen';

/** Connection exception, insufficient resources, operator intervention, and single states that pass by themselves. */
const passing = /^(?:08|53|57P)|^(?:40001|40003|40P01|55P03|57014|25P03)$/;
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
]);
/** Losses of the database that carry no code: of the driver's, and of the pool's. */
const lostDatabase =
  /Connection terminated|Connection ended unexpectedly|timeout expired|Timeout acquiring a connection|Client has encountered a connection error/;

/** `yes`: the error is the database's own. `maybe`: something could not be reached, and it may have been the database. */
export function tellsOfDatabaseAway(error: unknown): 'yes' | 'maybe' | 'no' {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (/^(?:08|57P|53300)/.test(sqlState(error)) || lostDatabase.test(String(message))) return 'yes';
  return socketCodes.has(String(code)) ? 'maybe' : 'no';
}

export function classifyFault(error: unknown): FaultClass {
  if (error instanceof PermanentError || error instanceof DomainError) return 'permanent';
  if (error instanceof TransientError) return 'transient';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (passing.test(sqlState(error)) || socketCodes.has(String(code)) || isStalePlan(error)) return 'transient';
  return lostDatabase.test(String(message)) ? 'transient' : 'unforeseen';
}
