import { settingText } from '@sagacity/chassis/config/secret-files';
import { closeDatabases, openDatabases } from './open-databases.ts';
import { reportLines } from './print-report.ts';
import { runAudit } from './run-audit.ts';

/** Exit code 0: clean; 1: breaches, each named; 2: the audit could not run. */
async function main(): Promise<number> {
  const urls = settingText(process.env, 'AUDIT_DATABASE_URLS');
  if (!urls)
    throw new Error('AUDIT_DATABASE_URLS is not set: users_db=postgres://…,products_db=…, one for each database');
  const databases = openDatabases(urls);
  try {
    const report = await runAudit(databases);
    process.stdout.write(`${reportLines(report).join('\n')}\n`);
    return report.clean ? 0 : 1;
  } finally {
    await closeDatabases(databases);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`the audit could not run: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
