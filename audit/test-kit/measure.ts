import { closeDatabases, openDatabases } from '../src/open-databases.ts';
import { reportLines } from '../src/print-report.ts';
import { runAudit } from '../src/run-audit.ts';
import { fillShop } from './fill-shop.ts';
import { auditorUrls, cloneShop, dropShop } from './shop-databases.ts';

/** Measures the audit over a generated shop: `node audit/test-kit/measure.ts [orders, 10000 by default]`, on the test servers. */
const orders = Number(process.argv[2] ?? 10_000);
const runs = 5;

const shop = await cloneShop();
try {
  await fillShop(shop, orders);
  const databases = openDatabases(auditorUrls(shop));
  for (let run = 1; run <= runs; run += 1) {
    const before = process.cpuUsage();
    const report = await runAudit(databases);
    const { user, system } = process.cpuUsage(before);
    if (run === 1) process.stdout.write(`${reportLines(report).join('\n')}\n\n`);
    process.stdout.write(
      `run ${run}: ${orders} orders in ${report.durationMs} ms, ${Math.round((user + system) / 1000)} ms of it own CPU\n`,
    );
  }
  await closeDatabases(databases);
} finally {
  await dropShop(shop);
}
