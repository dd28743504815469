import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { commandBody } from '@sagacity/chassis/participant/envelope';
import type { SagaActionAnswer, SagaActionBody } from '../contract/saga-actions.ts';
import { allowedActions, refusalOf } from '../engine/allowed-actions.ts';
import type { OperatorOrder } from '../engine/input.ts';
import { type SagaInstance, stateOf } from '../engine/instance.ts';
import type { Advance, OutgoingCommand } from '../engine/output.ts';
import { insertAdminAction } from '../persistence/admin-actions.ts';
import type { StoredSaga } from '../persistence/stored-saga.ts';
import type { SagaSession, SagaSessions } from './saga-session.ts';

export interface OperateSagaInput {
  readonly sagaId: string;
  readonly body: SagaActionBody;
  readonly dryRun: boolean;
  /** Who orders it: `admin <user id>`. */
  readonly actor: string;
  readonly requestId: string;
  readonly traceparent: string;
}

interface Deps {
  readonly db: Db;
  readonly sessions: SagaSessions;
}

/**
 * Carries out what an operator orders, and records it with his reason; a dry run tells what would be sent and changes nothing.
 * Throws `saga.not_found`, `saga.version_mismatch` when the saga has moved on since he looked, and `saga.action_not_allowed`.
 */
export async function operateSaga({ db, sessions }: Deps, input: OperateSagaInput): Promise<SagaActionAnswer> {
  return inTransaction(db, async (trx) => {
    const session = sessions.of(trx);
    await session.load([input.sagaId]);
    const before = checked(session, input);
    const order = orderOf(input);
    if (input.dryRun) return answer(input, before, session.preview(input.sagaId, { kind: 'operator', order }), session);
    const cause = { messageId: input.requestId, traceparent: input.traceparent };
    const result = session.give(input.sagaId, { kind: 'operator', order }, cause);
    await insertAdminAction(trx, {
      saga_id: input.sagaId,
      action: input.body.action,
      actor: input.actor,
      reason: input.body.reason,
      request: input.body,
      expected_version: input.body.expected_version,
      resulting_version: before.version + 1,
      request_id: input.requestId,
    });
    return answer(input, before, result, session);
  });
}

function checked(session: SagaSession, { sagaId, body, actor }: OperateSagaInput): StoredSaga {
  const saga = session.find(sagaId);
  if (!saga) throw new DomainError('saga.not_found', `There is no saga ${sagaId}.`);
  if (saga.version !== body.expected_version) {
    const detail = `The saga has moved on: it is at version ${saga.version}, not ${body.expected_version}.`;
    throw new DomainError('saga.version_mismatch', detail, { extensions: { version: saga.version } });
  }
  const refusal = refusalOf(saga.instance, orderOf({ body, actor }));
  if (refusal !== undefined) {
    const allowed = allowedActions(saga.instance).flatMap(({ action, allowed }) => (allowed ? [action] : []));
    throw new DomainError('saga.action_not_allowed', `${body.action} is not possible: ${refusal}.`, {
      extensions: { allowed },
    });
  }
  return saga;
}

function orderOf({ body, actor }: Pick<OperateSagaInput, 'body' | 'actor'>): OperatorOrder {
  const { action, reason, step, outcome } = body;
  return {
    action,
    actor,
    reason,
    ...(step === undefined ? {} : { step }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

function answer(
  { sagaId, dryRun }: OperateSagaInput,
  before: StoredSaga,
  { instance, commands, timeline }: Advance,
  session: SagaSession,
): SagaActionAnswer {
  return {
    saga_id: sagaId,
    dry_run: dryRun,
    version: before.version + 1,
    state_before: stateOf(before.instance),
    state: stateOf(instance),
    commands: commands.map((command) => bodyOf(instance, command, new Date(session.nowMs))),
    timeline: timeline.map(({ kind, step = null }) => ({ kind, step })),
  };
}

function bodyOf(saga: SagaInstance, command: OutgoingCommand, issuedAt: Date): SagaActionAnswer['commands'][number] {
  const { step, direction, attempt, deadlineAtMs } = command;
  const { command_id: _given, ...body } = commandBody(
    {
      type: command.type,
      saga: { id: saga.id, type: saga.type, version: saga.definitionVersion, step, direction, attempt },
      issuedAt,
      deadline: deadlineAtMs === null ? null : new Date(deadlineAtMs),
      data: command.data,
      context: { correlationId: `order-${saga.orderId}` },
    },
    '',
  );
  return { ...body, saga: { ...body.saga }, data: body.data as Record<string, unknown> };
}
