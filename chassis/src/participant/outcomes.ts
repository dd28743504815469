/**
 * What became of a command. `done` and `refused` are final: stored, and answered again to every duplicate.
 * `transient` is answered but not stored: the command may come again. `deferred` is answered later, by answerCommands; until then
 * reportTrouble may tell why it takes so long.
 * A handler that answers `refused` or `transient` has written nothing.
 */
export type CommandOutcome =
  | { readonly outcome: 'done'; readonly result?: object }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string; readonly result?: object }
  | { readonly outcome: 'transient'; readonly code: string; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly outcome: 'deferred' };

export type FinalOutcome = Extract<CommandOutcome, { outcome: 'done' | 'refused' }>;

export function done(result?: object): CommandOutcome & { outcome: 'done' } {
  return result === undefined ? { outcome: 'done' } : { outcome: 'done', result };
}

export function refused(code: string, detail: string, result?: object): CommandOutcome & { outcome: 'refused' } {
  return result === undefined ? { outcome: 'refused', code, detail } : { outcome: 'refused', code, detail, result };
}

export function transient(
  code: string,
  detail: string,
  retryAfterMs?: number,
): CommandOutcome & { outcome: 'transient' } {
  return retryAfterMs === undefined
    ? { outcome: 'transient', code, detail }
    : { outcome: 'transient', code, detail, retryAfterMs };
}

export function deferred(): CommandOutcome & { outcome: 'deferred' } {
  return { outcome: 'deferred' };
}
