import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import type pg from 'pg';
import type { Table } from '../figures.ts';
import { type CatalogueEnds, get } from './measure.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Total Time': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const settings = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_format': 'json',
};

/** The plans of what the service asks for one request, as PostgreSQL carried them out. */
export async function explain(ends: CatalogueEnds, path: string): Promise<Table> {
  const { db } = ends;
  for (const [name, value] of Object.entries(settings)) {
    await db.query(`ALTER DATABASE products_db SET ${name} = '${value}'`);
  }
  await renewConnections(ends, path);
  const before = await log(db);
  await ends.forget();
  await get(ends.service, path);
  const plans = await waitFor('the plans are in the log', async () => {
    const found = plansIn((await log(db)).slice(before.length));
    return found.some(({ text }) => text.includes('matching')) ? found : undefined;
  });
  for (const name of Object.keys(settings)) await db.query(`ALTER DATABASE products_db RESET ${name}`);
  await renewConnections(ends, path);
  const rows = plans.flatMap(({ text, plan }) => [
    [shortened(text), '', '', ''],
    ...nodesOf(plan).map(({ node, depth }) => [
      `${'  '.repeat(depth + 1)}${[node['Node Type'], node['Index Name'] ?? node['Relation Name']].filter(Boolean).join(' ')}`,
      node['Actual Rows'],
      node['Shared Hit Blocks'] + node['Shared Read Blocks'],
      node['Actual Total Time'],
    ]),
  ]);
  return { title: `Plans of GET ${path}`, head: ['node', 'rows', 'pages', 'ms'], rows };
}

const answersInARow = 10;
const renewedWithinMs = 30_000;

/** Ends the service's sessions, whose settings were read when they began, and waits until new ones have answered and prepared their statements. */
async function renewConnections(ends: CatalogueEnds, path: string): Promise<void> {
  await ends.db.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'products_db' AND usename = 'product_service'`,
  );
  await waitFor(
    'the service answers by new connections',
    async () => {
      for (let n = 0; n < answersInARow; n += 1) {
        await ends.forget();
        // What was under way on a session that ended is answered 500.
        if ((await ends.service.call('GET', path)).status !== 200) return undefined;
      }
      return true;
    },
    renewedWithinMs,
  );
}

async function log(db: pg.Client): Promise<string> {
  const { rows } = await db.query<{ text: string }>('SELECT pg_read_file(pg_current_logfile()) AS text');
  return rows[0]?.text ?? '';
}

/** The plans of statements about products; the log puts a tab before each further line. */
function plansIn(text: string): { text: string; plan: PlanNode }[] {
  return [...text.matchAll(/duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/g)]
    .map(([, json = '']) => JSON.parse(json) as { 'Query Text': string; Plan: PlanNode })
    .map((found) => ({ text: found['Query Text'], plan: found.Plan }))
    .filter(({ text: statement }) => statement.includes('products'));
}

function nodesOf(node: PlanNode, depth = 0): { node: PlanNode; depth: number }[] {
  return [{ node, depth }, ...(node.Plans ?? []).flatMap((child) => nodesOf(child, depth + 1))];
}

function shortened(statement: string): string {
  const line = statement.replace(/\s+/g, ' ');
  return line.length <= 110 ? line : `${line.slice(0, 107)}...`;
}
