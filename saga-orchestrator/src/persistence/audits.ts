import type { Db } from '@sagacity/chassis/db/database';
import type { AuditAnswer } from '../contract/audit.ts';

const kept = 100;

/** Keeps a report, and of the older ones the last hundred. */
export async function insertAudit(db: Db, report: AuditAnswer): Promise<void> {
  const { at, requested_by: actor, clean } = report;
  await db('audits').insert({ at, actor, clean, report: JSON.stringify(report) });
  await db('audits').whereRaw('id <= (SELECT max(id) FROM audits) - ?', [kept]).delete();
}

export async function findLastAudit(db: Db): Promise<AuditAnswer | undefined> {
  const row: { report: AuditAnswer } | undefined = await db('audits').orderBy('id', 'desc').first('report');
  return row?.report;
}
