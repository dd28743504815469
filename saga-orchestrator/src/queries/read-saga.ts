import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { AttemptDetail, SagaDetail, TimelineLine } from '../contract/saga-detail.ts';
import { allowedActions } from '../engine/allowed-actions.ts';
import { type SagaRow, type StepRow, sagaColumns, toStoredSaga } from '../persistence/saga-rows.ts';
import type { Catalogue } from '../sagas/catalogue.ts';
import { describeSteps } from './describe-steps.ts';
import { type SummaryRow, summaryColumns, toSummary } from './saga-summary.ts';

const shownLines = 500;

/** Everything there is to know about a saga, as of one moment; throws `saga.not_found`. */
export async function readSaga(db: Db, catalogue: Catalogue, sagaId: string): Promise<SagaDetail> {
  return inTransaction(db, async (trx) => {
    await runSql(trx, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const row: (SagaRow & SummaryRow & { updated_at: Date }) | undefined = await trx('sagas')
      .where({ id: sagaId })
      .first(trx.raw('clock_timestamp() AS now'), ...new Set<string>([...sagaColumns, ...summaryColumns]));
    if (!row) throw new DomainError('saga.not_found', `There is no saga ${sagaId}.`);
    const steps: StepRow[] = await trx('saga_steps').where({ saga_id: sagaId });
    const attempts: AttemptRow[] = await trx('saga_step_attempts').where({ saga_id: sagaId }).orderBy('attempt');
    const lines: EventRow[] = await trx('saga_events')
      .where({ saga_id: sagaId })
      .orderBy('seq', 'desc')
      .limit(shownLines);
    const linked: SagaDetail['linked'] = await trx('sagas')
      .where({ order_id: row.order_id })
      .whereNot({ id: sagaId })
      .orderBy('id')
      .select('id', 'type', 'state');
    const { instance } = toStoredSaga(row, steps);
    return {
      ...toSummary(row),
      ...headerOf(row),
      linked,
      steps: describeSteps(catalogue.graphOf(row.type, row.definition_version), instance, (step, direction) =>
        attempts.filter((attempt) => attempt.step === step && attempt.direction === direction).map(toAttempt),
      ),
      timeline: lines.toReversed().map(toLine),
      timeline_left_out: row.last_seq - lines.length,
      allowed_actions: allowedActions(instance) as SagaDetail['allowed_actions'],
    };
  });
}

interface AttemptRow {
  readonly step: string;
  readonly direction: string;
  readonly attempt: number;
  readonly sent_at: Date;
  readonly command_id: string | null;
  readonly cause: string | null;
  readonly timed_out: boolean;
  readonly replied_at: Date | null;
  readonly outcome: string | null;
  readonly error_code: string | null;
  readonly error_detail: string | null;
}

interface EventRow extends Omit<TimelineLine, 'at'> {
  readonly at: Date;
}

function headerOf(row: SagaRow) {
  return {
    phase: row.phase,
    cancel: row.cancel as object | null as SagaDetail['cancel'],
    failure: row.failure as object | null as SagaDetail['failure'],
    attention_at: row.attention_at?.toISOString() ?? null,
    paused_at: row.paused_at?.toISOString() ?? null,
    state_entered_at: row.state_entered_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
    correlation_id: `order-${row.order_id}`,
    trace_id: row.traceparent?.split('-')[1] ?? null,
  };
}

function toAttempt(row: AttemptRow): AttemptDetail {
  return {
    attempt: row.attempt,
    command_id: row.command_id,
    cause: row.cause,
    sent_at: row.sent_at.toISOString(),
    timed_out: row.timed_out,
    replied_at: row.replied_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail },
  };
}

function toLine(row: EventRow): TimelineLine {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    kind: row.kind,
    step: row.step,
    direction: row.direction,
    attempt: row.attempt,
    message_id: row.message_id,
    causation_id: row.causation_id,
    actor: row.actor,
    reason: row.reason,
    detail: row.detail,
  };
}
