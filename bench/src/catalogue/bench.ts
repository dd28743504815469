import type { Bench, BenchRun } from '../bench.ts';
import { type Figure, type Outcome, percentile, shown, type Table } from '../figures.ts';
import { generateProducts } from './generate.ts';
import { type ImportOutcome, importProducts } from './import.ts';
import {
  type CatalogueEnds,
  type KindTimes,
  measureKind,
  measureOverhead,
  measureRate,
  openCatalogue,
  productsUrl,
} from './measure.ts';
import { explain } from './plans.ts';
import { kindsOf } from './requests.ts';

const full = {
  imported: 100_000,
  sizes: [100_000, 1_000_000],
  requests: 100,
  rateMs: 3_000,
  repetitions: 2,
  turns: 500,
};
const quick = { imported: 10_000, sizes: [100_000], requests: 80, rateMs: 2_000, repetitions: 1, turns: 200 };
type Plan = typeof full;

/** Reads of the catalogue at two sizes, each search held against all its matches ranked by one statement; and an import. */
export const catalogueBench: Bench = async (run) => {
  const plan = run.quick ? quick : full;
  const ends = await openCatalogue();
  const imported = await importProducts(ends, plan.imported, run.say);
  const outcomes: Outcome[] = [importOutcome(imported)];
  for (const size of plan.sizes) {
    await generateProducts(productsUrl(), size, run.say);
    outcomes.push(await measureSize(run, ends, plan, size));
  }
  run.say('asking for the plans');
  const searches = (await kindsOf(ends.db, plan.sizes.at(-1) ?? 0)).filter(({ search }) => search);
  outcomes.push({ figures: [], tables: [await explain(ends, searches)] });
  outcomes.push(await measureRates(run, ends, plan));
  await ends.close();
  return {
    figures: outcomes.flatMap(({ figures }) => figures),
    tables: outcomes.flatMap(({ tables = [] }) => tables),
  };
};

async function measureSize(run: BenchRun, ends: CatalogueEnds, { requests }: Plan, size: number): Promise<Outcome> {
  const shownSize = `${size.toLocaleString('en-US')} products`;
  const figures: Figure[] = [];
  const rows: (string | number)[][] = [];
  for (const kind of await kindsOf(ends.db, size)) {
    const times = await measureKind(ends, kind, requests);
    const { first, cold, warm, byHand } = times;
    const at = (values: readonly number[]) =>
      [50, 95, 99].map((percent) => (values.length === 0 ? '–' : percentile(values, percent)));
    rows.push([kind.what, first, ...at(cold), ...at(warm), ...at(byHand).slice(0, 2)]);
    figures.push(...coldFigures(`${kind.what}, ${shownSize}`, times));
    run.say(`${shownSize}: ${kind.what}: p50 ${shown(percentile(cold, 50))} p95 ${shown(percentile(cold, 95))} ms`);
  }
  const head = ['request', 'first', 'p50', 'p95', 'p99', 'warm p50', 'p95', 'p99', 'by hand p50', 'p95'];
  return {
    figures,
    tables: [
      { title: `Milliseconds of one request at ${shownSize}, from the database and from the cache`, head, rows },
    ],
  };
}

function coldFigures(what: string, { cold, byHand }: KindTimes): Figure[] {
  const figure = (name: string, values: readonly number[]): Figure => ({
    what: name,
    unit: 'ms',
    samples: [percentile(values, 95)],
  });
  const named = `${what}: p95`;
  if (byHand.length === 0) return [figure(named, cold)];
  return [{ ...figure(named, cold), reference: `${named} by hand` }, figure(`${named} by hand`, byHand)];
}

async function measureRates(run: BenchRun, ends: CatalogueEnds, plan: Plan): Promise<Outcome> {
  const kinds = (await kindsOf(ends.db, plan.sizes.at(-1) ?? 0)).filter(({ what }) => rated.includes(what));
  const figures: Figure[] = [];
  for (const kind of kinds) {
    const [direct, through]: [number[], number[]] = [[], []];
    for (let n = 0; n < plan.repetitions; n += 1) {
      direct.push(await measureRate(ends.service, kind, plan.rateMs));
      through.push(await measureRate(ends.gateway, kind, plan.rateMs));
    }
    const turns = await measureOverhead(ends, kind, plan.turns);
    const overhead = percentile(turns.through, 50) - percentile(turns.direct, 50);
    const past = `${kind.what}, warm, past the gateway`;
    figures.push(
      { what: `${kind.what}, warm, through the gateway`, unit: 'requests/s', samples: through, reference: past },
      { what: past, unit: 'requests/s', samples: direct },
      { what: `${kind.what}: gateway overhead p50`, unit: 'ms', samples: [overhead] },
    );
    run.say(
      `${kind.what}, warm: ${shown(percentile(through, 50))}/s through the gateway, ${shown(percentile(direct, 50))}/s past it`,
    );
  }
  return { figures };
}

const rated = ['detail', 'list, first page', 'search, common word'];

function importOutcome(outcome: ImportOutcome): Outcome {
  const { processed, failed, faults, example, seconds, untilTold, fileMb, restingMb, peakMb } = outcome;
  const { readsAtRest, readsBeside } = outcome;
  const table: Table = {
    title: 'Import of a CSV file through the gateway',
    head: ['what', 'value'],
    rows: [
      ['lines', processed],
      ['file, MB', fileMb],
      ['bad lines', failed],
      ['bad lines that are named', faults],
      [`the first: ${example}`, ''],
      ['seconds', seconds],
      ['seconds until all events are at the broker', untilTold],
      ['memory of the product service before, MB', restingMb],
      ['memory at its peak, MB', peakMb],
      ...readTimes('before', readsAtRest),
      ...readTimes('beside it', readsBeside),
    ],
  };
  return { figures: [{ what: 'import', unit: 'lines/s', samples: [processed / seconds] }], tables: [table] };
}

function readTimes(when: string, times: readonly number[]): (string | number)[][] {
  const rows = [50, 95, 99].map((percent) => [`reads ${when}: p${percent}, ms`, percentile(times, percent)]);
  return [[`reads ${when}`, times.length], ...rows];
}
