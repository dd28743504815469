import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { setting } from '../bench.ts';
import { generatedRows, generatedValues, prepareRows } from './generated-rows.ts';
import type { CatalogueEnds } from './measure.ts';
import { readBeside } from './reads-beside.ts';

export interface ImportOutcome {
  readonly seconds: number;
  /** Until each product's event had gone to the broker. */
  readonly untilTold: number;
  readonly processed: number;
  readonly failed: number;
  /** Bad lines that are named, and the first of them as it is told. */
  readonly faults: number;
  readonly example: string;
  readonly fileMb: number;
  readonly restingMb: number;
  readonly peakMb: number;
  /** Milliseconds of reads before the import and while it went on. */
  readonly readsAtRest: readonly number[];
  readonly readsBeside: readonly number[];
}

interface Job {
  readonly state: string;
  readonly processed: number;
  readonly failed: number;
  readonly error: string | null;
  readonly faults: readonly { line: number; field: string; detail: string }[];
}

interface ImportedRow {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly categories: readonly string[];
  readonly category: number;
  readonly stock: number;
}

const badLines = 100;
const pollMs = 200;
const atRestMs = 3_000;

/** Sends a CSV file of that many lines, 100 of them bad, through the gateway, and watches the service's memory until it is taken over. */
export async function importProducts(
  { db, service }: Pick<CatalogueEnds, 'db' | 'service'>,
  lines: number,
  say: (line: string) => void,
): Promise<ImportOutcome> {
  await prepareRows(db);
  const file = await csv(db, lines);
  const token = await logIn();
  const { times: readsAtRest } = await readBeside(service, delay(atRestMs));
  const restingMb = residentMb();
  const since = performance.now();
  const passed = () => (performance.now() - since) / 1_000;
  const importing = async () => {
    const watched = await watch(await upload(file, token), { token, lines, say });
    return { ...watched, seconds: passed() };
  };
  const { done, times: readsBeside } = await readBeside(service, importing());
  const { job, peakMb, seconds } = done;
  while ((await db.query('SELECT FROM outbox LIMIT 1')).rowCount !== 0) await delay(pollMs);
  const [fault] = job.faults;
  return {
    seconds,
    untilTold: passed(),
    processed: job.processed,
    failed: job.failed,
    faults: job.faults.length,
    example: fault ? `line ${fault.line}: ${fault.field} ${fault.detail}` : '',
    fileMb: file.length / 1024 ** 2,
    restingMb,
    peakMb: Math.max(restingMb, peakMb),
    readsAtRest,
    readsBeside,
  };
}

interface Watch {
  readonly token: string;
  readonly lines: number;
  say(line: string): void;
}

/** Asks how far the import is until it is over, and how much memory the service has meanwhile. */
async function watch(location: string, { token, lines, say }: Watch): Promise<{ job: Job; peakMb: number }> {
  let peakMb = 0;
  for (let polls = 0; ; polls += 1) {
    await delay(pollMs);
    peakMb = Math.max(peakMb, residentMb());
    const job = (await ask(location, { headers: { authorization: `Bearer ${token}` } })) as Job;
    if (polls % 25 === 0)
      say(`import: ${job.processed.toLocaleString('en-US')} of ${lines.toLocaleString('en-US')} lines`);
    if (job.state === 'failed') throw new Error(`the import failed: ${job.error}`);
    if (job.state === 'completed') return { job, peakMb };
  }
}

async function csv(db: pg.Client, lines: number): Promise<Buffer> {
  const { rows } = await db.query<ImportedRow>(generatedRows, generatedValues(1, lines));
  const bad = Math.floor(lines / badLines);
  const texts = rows.map(({ sku, name, description, price, categories, category, stock }, n) => {
    const shownPrice = n % bad === bad - 1 ? 'cheap' : price;
    return `${sku},${name},"${description}",${shownPrice},${categories[category - 1]},${stock}\n`;
  });
  return Buffer.from(`sku,name,description,price,category,stock_quantity\n${texts.join('')}`);
}

async function logIn(): Promise<string> {
  const body = JSON.stringify({ email: setting('E2E_ADMIN_EMAIL'), password: setting('E2E_ADMIN_PASSWORD') });
  const answer = await ask('/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (answer as { access_token: string }).access_token;
}

async function upload(file: Buffer, token: string): Promise<string> {
  const headers = { 'content-type': 'text/csv', authorization: `Bearer ${token}` };
  const { id } = (await ask('/products/import', { method: 'POST', headers, body: new Uint8Array(file) })) as {
    id: number;
  };
  return `/products/imports/${id}`;
}

async function ask(path: string, options: RequestInit): Promise<unknown> {
  const answer = await fetch(`${setting('E2E_GATEWAY_URL')}${path}`, options);
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** What the product service has in memory. */
function residentMb(): number {
  const pid = JSON.parse(setting('BENCH_ROOTS'))['product-service'];
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
