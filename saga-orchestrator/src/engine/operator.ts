import { refusalOf, resolvableRecord, retriableRecords } from './allowed-actions.ts';
import { requestCancel } from './cancel.ts';
import { send } from './commands.ts';
import { markCompensated } from './compensation.ts';
import { findStep } from './definition.ts';
import type { OperatorOrder } from './input.ts';
import { isActive, isBounded, type StepRecord } from './instance.ts';
import { giveUp, missPivot, passPivot } from './pivot.ts';
import { activeRecords, change, fail, settle, type Turn, tell } from './turn.ts';

/** Carries out what an operator orders; throws when `allowedActions` does not allow it, so ask there first. */
export function applyOrder(turn: Turn, order: OperatorOrder): void {
  const refusal = refusalOf(turn.saga, order);
  if (refusal !== undefined) throw new Error(`saga ${turn.saga.id}: ${order.action} is not allowed: ${refusal}`);
  const { actor, reason, step, outcome } = order;
  tell(turn, `operator.${order.action}`, {
    actor,
    reason,
    ...(step === undefined ? {} : { step }),
    ...(outcome === undefined ? {} : { detail: { outcome } }),
  });
  switch (order.action) {
    case 'retry-now':
      retryNow(turn);
      break;
    case 'resolve-step':
      resolveStep(turn, order);
      break;
    case 'pause':
      change(turn, { pausedAtMs: turn.atMs });
      break;
    case 'resume':
      resume(turn);
      break;
    case 'cancel':
      requestCancel(turn, { by: 'operator', actor, reason });
      break;
    case 'force-compensate':
      forceCompensation(turn);
      break;
  }
}

function retryNow(turn: Turn): void {
  for (const record of retriableRecords(turn.saga)) {
    const step = findStep(turn.definition, record.step);
    if (step) send(turn, step, record.direction, { cause: 'operator', spend: false });
  }
}

/** The time that passed in between does not count: every wait goes on where it stood. */
function resume(turn: Turn): void {
  const pausedMs = turn.atMs - (turn.saga.pausedAtMs ?? turn.atMs);
  const steps = Object.entries(turn.saga.steps).map(([key, record]): [string, StepRecord] => [
    key,
    isActive(record)
      ? {
          ...record,
          firstSentAtMs: record.firstSentAtMs + pausedMs,
          wakeAtMs: record.wakeAtMs === null ? null : record.wakeAtMs + pausedMs,
        }
      : record,
  ]);
  change(turn, { pausedAtMs: null, steps: Object.fromEntries(steps) });
}

function resolveStep(turn: Turn, order: OperatorOrder): void {
  const record = resolvableRecord(turn.saga, order.step);
  if (!record || order.outcome === undefined) throw new Error(`saga ${turn.saga.id}: nothing to resolve`);
  const error = order.outcome === 'refused' ? { code: 'operator.refused', detail: order.reason } : null;
  const changes = { state: 'resolved_manually', outcome: order.outcome, error } as const;
  if (record.kind === 'pivot' && record.direction === 'forward') {
    if (order.outcome === 'done') passPivot(turn, record, changes);
    else missPivot(turn, record, changes);
    return;
  }
  settle(turn, record, changes);
  if (record.direction === 'compensate') markCompensated(turn, record.step);
}

/** Goes back without waiting for what is in flight: it is unknown, so it is undone as well, or aborted at the pivot. */
function forceCompensation(turn: Turn): void {
  fail(turn, { code: 'operator.forced', detail: null, step: null });
  for (const record of activeRecords(turn)) {
    if (isBounded(record)) giveUp(turn, record);
  }
}
