import type { Trx } from '../db/database.ts';
import type { MessageContext } from '../messaging/envelope.ts';
import type { HandlerTable } from '../messaging/handlers.ts';
import type { JsonSchema, Static } from '../schema/json-schema.ts';
import type { CommandSaga } from './envelope.ts';
import type { CommandOutcome, FinalOutcome } from './outcomes.ts';

/** What became of the forward command of the same saga and step, as its compensation finds it. */
export type ForwardState = 'absent' | 'pending' | 'done' | 'refused';

/** A command as its handler sees it: validated, in time, and not done before. */
export interface Command<D = unknown> {
  readonly id: string;
  readonly type: string;
  readonly saga: CommandSaga;
  readonly idempotencyKey: string;
  readonly deadline: Date | null;
  readonly data: D;
  readonly context: MessageContext;
  /** For a compensation: what there is to compensate. `absent` for the other directions. */
  readonly forward: ForwardState;
}

export interface CommandSpec<S extends JsonSchema> {
  readonly data: S;
  readonly handle: (trx: Trx, command: Command<Static<S>>) => Promise<CommandOutcome>;
}

export function commandHandlers<T extends Record<string, JsonSchema>>(
  _service: string,
  _table: { readonly [K in keyof T]: CommandSpec<T[K]> },
): HandlerTable {
  throw new Error('not written yet');
}

export async function answerCommand(_trx: Trx, _idempotencyKey: string, _outcome: FinalOutcome): Promise<void> {
  throw new Error('not written yet');
}
