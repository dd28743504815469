import type { OperatorAction, OperatorOrder } from './input.ts';
import { findRecord, isActive, isBounded, isOver, isStuck, type SagaInstance, type StepRecord } from './instance.ts';
import { isPivotOpen } from './pivot.ts';

/** Whether an operator may do something to a saga as it is now, and why not. */
export interface AllowedAction {
  readonly action: OperatorAction;
  readonly allowed: boolean;
  /** Why it is not allowed. */
  readonly reason: string | null;
  /** For resolve-step: the steps that can be resolved by hand. */
  readonly steps?: readonly string[];
}

const actions = ['retry-now', 'resolve-step', 'pause', 'resume', 'cancel', 'force-compensate'] as const;

/** Every action an operator has, with the reason where it is not allowed now. */
export function allowedActions(saga: SagaInstance): readonly AllowedAction[] {
  return actions.map((action) => {
    const reason = reasonAgainst(saga, action) ?? null;
    const steps = action === 'resolve-step' ? { steps: resolvableSteps(saga) } : {};
    return { action, allowed: reason === null, reason, ...steps };
  });
}

/** Why an order cannot be carried out on the saga as it is; undefined when it can. */
export function refusalOf(saga: SagaInstance, order: OperatorOrder): string | undefined {
  const reason = reasonAgainst(saga, order.action);
  if (reason !== undefined || order.action !== 'resolve-step') return reason;
  const record = resolvableRecord(saga, order.step);
  if (!record) return `only these steps can be resolved now: ${resolvableSteps(saga).join(', ')}`;
  if (order.outcome === undefined) return 'an outcome is needed: done or refused';
  if (order.outcome === 'refused' && !isBounded(record)) return 'this can only be resolved as done';
  return undefined;
}

/** What an operator can send again at once: everything that is awaited, and what was refused though it may not be. */
export function retriableRecords(saga: SagaInstance): readonly StepRecord[] {
  return Object.values(saga.steps).filter((record) => isActive(record) || isStuck(record));
}

/** The record that resolving a step by hand decides: its compensation where one is under way, else the step itself. */
export function resolvableRecord(saga: SagaInstance, step: string | undefined): StepRecord | undefined {
  if (step === undefined || isOver(saga)) return undefined;
  const candidates = [findRecord(saga, step, 'compensate'), findRecord(saga, step, 'forward')];
  return candidates.find((record) => record && (isActive(record) || isStuck(record) || isPivotOpen(saga, record)));
}

function resolvableSteps(saga: SagaInstance): readonly string[] {
  const names = new Set(Object.values(saga.steps).map(({ step }) => step));
  return [...names].filter((name) => resolvableRecord(saga, name));
}

function reasonAgainst(saga: SagaInstance, action: OperatorAction): string | undefined {
  if (isOver(saga)) return `the saga is ${saga.phase}`;
  switch (action) {
    case 'retry-now':
      if (saga.pausedAtMs !== null) return 'the saga is paused: resume it first';
      return retriableRecords(saga).length === 0 ? 'nothing is in flight or waiting' : undefined;
    case 'resolve-step':
      return resolvableSteps(saga).length === 0 ? 'no step is undecided' : undefined;
    case 'pause':
      return saga.pausedAtMs === null ? undefined : 'the saga is paused already';
    case 'resume':
      return saga.pausedAtMs === null ? 'the saga is not paused' : undefined;
    case 'cancel':
      return saga.cancel ? 'it is being cancelled already' : reasonAgainstGoingBack(saga);
    case 'force-compensate':
      return reasonAgainstGoingBack(saga);
  }
}

function reasonAgainstGoingBack(saga: SagaInstance): string | undefined {
  if (saga.phase === 'compensating') return 'it is going back already';
  return saga.pivotPassed ? 'it has passed its pivot: cancel the order instead' : undefined;
}
