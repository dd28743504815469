import { randomUUID } from 'node:crypto';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import type pg from 'pg';
import type { Table } from '../figures.ts';
import { type CatalogueEnds, get } from './measure.ts';
import type { Kind } from './requests.ts';

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
const answersInARow = 10;
const renewedWithinMs = 30_000;

/** What the service asks PostgreSQL for one request of each kind: one line for each statement, with the plan as it was carried out. */
export async function explain(ends: CatalogueEnds, kinds: readonly Kind[]): Promise<Table> {
  for (const [name, value] of Object.entries(settings)) {
    await ends.db.query(`ALTER DATABASE products_db SET ${name} = '${value}'`);
  }
  await endSessions(ends.db);
  const rows: (string | number)[][] = [];
  for (const { what, path } of kinds) {
    rows.push([`${what}: GET ${path(0)}`, '', '', '', ''], ...(await plansOf(ends, path(0))));
  }
  for (const name of Object.keys(settings)) await ends.db.query(`ALTER DATABASE products_db RESET ${name}`);
  await endSessions(ends.db);
  await untilAnswered(ends, '/products/1');
  return { title: 'Plans', head: ['statement', 'reads', 'rows', 'pages', 'ms'], rows };
}

/** The service's sessions: their settings were read when they began. */
async function endSessions(db: pg.Client): Promise<void> {
  await db.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'products_db' AND usename = 'product_service'`,
  );
}

/** Waits for so many answers in a row that sessions are open and their statements prepared. */
async function untilAnswered(ends: CatalogueEnds, path: string): Promise<void> {
  await waitFor(
    'the service answers by new sessions',
    async () => {
      for (let n = 0; n < answersInARow; n += 1) {
        await ends.forget();
        // What was under way on a session that ended is answered 500.
        if ((await ends.service.call('GET', path)).status !== 200) return false;
      }
      return true;
    },
    renewedWithinMs,
  );
}

async function plansOf(ends: CatalogueEnds, path: string): Promise<(string | number)[][]> {
  await untilAnswered(ends, path);
  const from = await mark(ends.db);
  await ends.forget();
  await get(ends.service, path);
  const to = await mark(ends.db);
  const text = await waitFor('the plans are in the log', async () => {
    const [, sinceMark] = (await log(ends.db)).split(from);
    const [between, afterMark] = sinceMark?.split(to) ?? [];
    return afterMark === undefined ? undefined : between;
  });
  return plansIn(text).map(({ statement, plan }) => [
    `  ${shortened(statement)}`,
    [...new Set(readsOf(plan))].join(', '),
    plan['Actual Rows'],
    plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    plan['Actual Total Time'],
  ]);
}

/** Writes a text into the log, after all that was logged before, and returns it. */
async function mark(db: pg.Client): Promise<string> {
  const text = randomUUID();
  // The log would quote the statement of a warning; of a text made in it there is none to quote.
  await db.query(`DO $$ BEGIN RAISE LOG '%', '${text.slice(0, 18)}' || '${text.slice(18)}'; END $$`);
  return text;
}

async function log(db: pg.Client): Promise<string> {
  const { rows } = await db.query<{ text: string }>('SELECT pg_read_file(pg_current_logfile()) AS text');
  return rows[0]?.text ?? '';
}

/** The plans of statements about products; the log puts a tab before each further line. */
function plansIn(text: string): { statement: string; plan: PlanNode }[] {
  return [...text.matchAll(/duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/g)]
    .map(([, json = '']) => JSON.parse(json) as { 'Query Text': string; Plan: PlanNode })
    .map((found) => ({ statement: found['Query Text'], plan: found.Plan }))
    .filter(({ statement }) => statement.includes('products'));
}

/** The tables and indexes that a plan reads, and how. */
function readsOf(node: PlanNode): string[] {
  const read = node['Index Name'] ?? node['Relation Name'];
  return [
    ...(read === undefined ? [] : [`${node['Node Type']} ${read}`]),
    ...(node.Plans ?? []).flatMap((child) => readsOf(child)),
  ];
}

function shortened(statement: string): string {
  const line = statement
    .replace(/\/\*.*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= 70 ? line : `${line.slice(0, 67)}...`;
}
