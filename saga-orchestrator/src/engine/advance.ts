import { reviewAttention } from './attention.ts';
import { linkUndoing, requestCancel } from './cancel.ts';
import { goBack } from './compensation.ts';
import type { AnyDefinition } from './definition.ts';
import { goForward } from './forward.ts';
import type { SagaInput } from './input.ts';
import { type SagaInstance, stateOf } from './instance.ts';
import { applyOrder } from './operator.ts';
import type { Advance } from './output.ts';
import { applyReply } from './replies.ts';
import { applyTimer } from './timeouts.ts';
import { openTurn, type Turn, tell } from './turn.ts';

/**
 * What an input does to a saga: the saga after it, the commands to send, and the lines for its timeline. Pure: the same arguments
 * give the same result, and nothing else happens. Every input first becomes a fact in the records, then the saga goes on from its facts:
 *
 *   running ──all steps done──▶ completed
 *      │ refused, unknown or cancelled, before the pivot is passed
 *      ▼
 *   compensating ──everything that may have happened is undone, in reverse──▶ compensated
 *
 * Invariants: a step is sent only when all groups before it are done; a compensation only when the one before it is acknowledged;
 * nothing is compensated after the pivot; the two ends are final, and a saga that is not at its end always waits for an answer,
 * a timer or an operator. While a saga is paused facts are taken in, but nothing is sent.
 */
export function advance(definition: AnyDefinition, instance: SagaInstance, input: SagaInput): Advance {
  const turn = openTurn(definition, instance, input);
  takeIn(turn, input);
  goOn(turn);
  reviewAttention(turn);
  const from = stateOf(instance);
  const to = stateOf(turn.saga);
  if (from !== to) tell(turn, 'state.changed', { detail: { from, to } });
  if (!isUndone(instance)) linkUndoing(turn);
  return { instance: turn.saga, commands: turn.commands, timeline: turn.timeline, linked: turn.linked };
}

function takeIn(turn: Turn, input: SagaInput): void {
  switch (input.kind) {
    case 'start':
      begin(turn);
      break;
    case 'reply':
      applyReply(turn, input.reply);
      break;
    case 'timer':
      if (turn.saga.pausedAtMs === null) applyTimer(turn);
      break;
    case 'cancel':
      requestCancel(turn, input.cancel, input.messageId);
      break;
    case 'operator':
      applyOrder(turn, input.order);
      break;
  }
}

/** A saga begins once; that it was to begin again is only told. */
function begin(turn: Turn): void {
  const begun = Object.keys(turn.saga.steps).length > 0;
  tell(turn, begun ? 'saga.start_repeated' : 'saga.started', {
    detail: { definition_version: turn.definition.version },
  });
}

function goOn(turn: Turn): void {
  if (turn.saga.pausedAtMs !== null) return;
  if (turn.saga.phase === 'running') goForward(turn);
  else if (turn.saga.phase === 'compensating') goBack(turn);
}

/** The saga that undoes this one was asked for before. */
function isUndone({ phase, cancel }: SagaInstance): boolean {
  return phase === 'completed' && cancel?.by === 'order';
}
