import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { AuditAnswer } from '../contract/audit.ts';
import { findLastAudit } from '../persistence/audits.ts';

/** The last report, whichever instance made it; throws `audit.not_run` before the first. */
export async function readLastAudit(db: Db): Promise<AuditAnswer> {
  const report = await findLastAudit(db);
  if (!report) throw new DomainError('audit.not_run', 'No audit has run yet: POST /admin/audit runs one.');
  return report;
}
