import type { AuditReport } from '@sagacity/audit/run-audit';
import { UnreadableDatabase } from '@sagacity/audit/unreadable-database';
import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { type AuditAnswer, mostBreachesShown } from '../contract/audit.ts';
import { insertAudit } from '../persistence/audits.ts';

/** Reads all databases of the shop; undefined where this instance was not told how to reach them. */
export type ReadShop = (() => Promise<AuditReport>) | undefined;

/** Audits the shop for whoever asks, and keeps the report. Throws `audit.not_configured` and `audit.database_unreadable`. */
export type AuditShop = (actor: string) => Promise<AuditAnswer>;

/** Who asks while an audit runs gets the report of that one: one at a time is all that an instance runs. */
export function createAuditShop(db: Db, read: ReadShop): AuditShop {
  let running: Promise<AuditAnswer> | undefined;
  return (actor) => {
    if (!read) {
      const detail =
        'The orchestrator was not told how to read the databases: set AUDIT_DATABASE_URLS, or use make audit.';
      return Promise.reject(new DomainError('audit.not_configured', detail));
    }
    running ??= auditOnce(db, read, actor).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function auditOnce(db: Db, read: NonNullable<ReadShop>, actor: string): Promise<AuditAnswer> {
  const report = toAnswer(await read().catch(refuseUnreadable), actor);
  await insertAudit(db, report);
  return report;
}

function refuseUnreadable(error: unknown): never {
  if (!(error instanceof UnreadableDatabase)) throw error;
  throw new DomainError('audit.database_unreadable', error.message, { retryAfterSeconds: 5, cause: error });
}

function toAnswer({ clean, at, durationMs, totals, checks }: AuditReport, actor: string): AuditAnswer {
  return {
    clean,
    at,
    requested_by: actor,
    duration_ms: durationMs,
    totals: {
      orders: { ...totals.orders },
      active_sagas: totals.activeSagas,
      captured_cents: totals.capturedCents,
      refunded_cents: totals.refundedCents,
    },
    checks: checks.map(({ name, claim, checked, breaches }) => ({
      name,
      claim,
      checked,
      breaches: breaches.length,
      rows: breaches.slice(0, mostBreachesShown).map(({ subject, detail }) => ({ subject, detail })),
    })),
  };
}
