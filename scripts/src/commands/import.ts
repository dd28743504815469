import { openAsBlob } from 'node:fs';
import { extname } from 'node:path';
import { openAdmin } from '../demo/demo-customer.ts';
import { type Problem, refused, ShopClient } from '../demo/shop-client.ts';
import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { readSettings } from '../settings/settings.ts';
import { baseUrl } from '../system/process-environment.ts';

type Fault = { line: number; field: string; code: string; detail: string };

type Import = {
  id: number;
  state: string;
  processed: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  error: string | null;
  faults: Fault[];
};

const mediaTypes: Record<string, string> = {
  '.csv': 'text/csv',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
};
const deadlineMs = 30 * 60_000;
const shownFaults = 20;

/** Sends FILE to the catalogue through the gateway as the administrator, and tells how far it is until it is over. */
export async function importProducts(): Promise<void> {
  const { file, mediaType } = readArguments();
  const settings = readSettings();
  const instance = findInstance(settings.name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`${instance.name} was never started`, 'make up');
  const shop = new ShopClient(baseUrl(ports.GATEWAY_PORT));
  const { token } = await openAdmin(shop, settings.admin);
  const since = performance.now();
  const started = await upload(shop, token, file, mediaType);
  console.log(`Import ${started.id} of ${file}`);
  const ended = await follow(shop, token, started);
  tellResult(ended, (performance.now() - since) / 1000);
  if (ended.state === 'failed')
    throw new Trouble(`the import failed: ${ended.error}`, 'mend the file and send it again');
}

function readArguments(): { file: string; mediaType: string } {
  const file = process.env.FILE ?? '';
  const mediaType = mediaTypes[extname(file).toLowerCase()];
  if (mediaType === undefined) {
    throw new Trouble('FILE must name a file that ends in .csv, .jsonl or .ndjson', 'make import FILE=products.csv');
  }
  return { file, mediaType };
}

async function upload(shop: ShopClient, token: string, file: string, mediaType: string): Promise<Import> {
  const content = await openAsBlob(file).catch((error: Error) => {
    throw new Trouble(`${file} cannot be read: ${error.message}`, 'FILE is relative to the folder of the Makefile');
  });
  const answer = await fetch(`${shop.url}/products/import`, {
    method: 'POST',
    headers: { 'content-type': mediaType, authorization: `Bearer ${token}` },
    body: content,
  }).catch((error: Error) => {
    throw new Trouble(
      `${shop.url} does not take the file (${error.message})`,
      'make up, or make status to see what runs',
    );
  });
  const body = (await answer.json()) as Import & Problem;
  if (answer.status !== 202) throw refused('POST /products/import', answer.status, body);
  return body;
}

async function follow(shop: ShopClient, token: string, { id }: Import): Promise<Import> {
  let job: Import | undefined;
  let told = -1;
  const isOver = async () => {
    job = await shop.get<Import>('GET', `/products/imports/${id}`, { token });
    if (job.processed !== told) console.log(`  ${String(job.processed).padStart(9)} lines`);
    told = job.processed;
    return job.state === 'completed' || job.state === 'failed';
  };
  if ((await waitUntil(isOver, { deadlineMs, everyMs: 1_000 })) && job) return job;
  throw new Trouble(`import ${id} is not over after ${deadlineMs / 60_000} minutes`, 'make logs S=product-service');
}

function tellResult({ processed, created, updated, unchanged, failed, faults }: Import, seconds: number): void {
  console.log(
    `${processed} lines in ${seconds.toFixed(1)} s: ${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} bad`,
  );
  for (const { line, field, detail } of faults.slice(0, shownFaults)) console.log(`  line ${line}: ${field} ${detail}`);
  if (failed > shownFaults) console.log(`  and ${failed - shownFaults} more`);
}
