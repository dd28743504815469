import { reportLines } from '@sagacity/audit/print-report';
import type { AuditDatabases } from '@sagacity/audit/read-facts';
import { type AuditReport, runAudit } from '@sagacity/audit/run-audit';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';

const lookEveryMs = 250;

/** What a fault has delayed may still be under way when the orders have ended: capture, stock, the last replies. Rejects with the report. */
export async function untilClean(databases: AuditDatabases, deadlineMs = 60_000): Promise<void> {
  let report: AuditReport | undefined;
  await waitFor(
    'nothing is under way and the audit is clean',
    async () => {
      report = await runAudit(databases);
      return report.clean && report.totals.activeSagas === 0;
    },
    deadlineMs,
    lookEveryMs,
  ).catch((error: unknown) => {
    throw new Error(report ? reportLines(report).join('\n') : 'the audit cannot read', { cause: error });
  });
}
