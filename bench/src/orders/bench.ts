import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, type BenchRun, setting } from '../bench.ts';
import type { CpuTimes, Roots } from '../cpu.ts';
import { type Figure, median, percentile, type Table } from '../figures.ts';
import { watchOrderEnds } from './ends.ts';
import { hopTable } from './hops.ts';
import { type LoadOptions, type OrderTimes, type Saturation, type Steady, saturate, trickle } from './load.ts';
import { type Kind, References, referenceOf } from './references.ts';
import { openShop } from './shop.ts';

interface Plan {
  readonly repetitions: number;
  /** Orders that are unfinished at the same time at saturation: in the first place, and as many as bring no more. */
  readonly unfinished: readonly [number, number];
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly steadyMs: number;
  readonly referenceMs: number;
  readonly steadyReferenceMs: number;
}

const full: Plan = {
  repetitions: 3,
  unfinished: [128, 512],
  warmUpMs: 30_000,
  measureMs: 15_000,
  steadyMs: 30_000,
  referenceMs: 6_000,
  steadyReferenceMs: 15_000,
};
const quick: Plan = {
  repetitions: 1,
  unfinished: [32, 64],
  warmUpMs: 4_000,
  measureMs: 6_000,
  steadyMs: 8_000,
  referenceMs: 2_000,
  steadyReferenceMs: 5_000,
};
const steadyPerSecond = 20;
/** At which two cores are idle half of the time: what an order takes when it need not wait for a core. */
const quietPerSecond = 5;
/** In which what the last orders still have to do is done. */
const settleMs = 5_000;

/** Whole orders through the gateway, held against the same rows written without an engine, and with another one. */
export const ordersBench: Bench = async (run) => {
  const plan = run.quick ? quick : full;
  const roots: Roots = { ...JSON.parse(setting('BENCH_ROOTS')), 'load generator': process.pid };
  const [shop, ends, references] = await Promise.all([
    openShop(),
    watchOrderEnds(),
    References.open({
      saturatedMs: plan.referenceMs,
      steadyMs: plan.steadyReferenceMs,
      perSecond: steadyPerSecond,
    }),
  ]);
  const approve = { shop, ends, payment: 'tok_approve', end: 'confirmed' };
  const decline = { shop, ends, payment: 'tok_decline', end: 'rejected' };
  run.say('customers and products are there; warming up');
  const [some, many] = plan.unfinished;
  await saturate(approve, { ...plan, unfinished: some, measureMs: 1_000, roots });

  await references.warmUp();
  const withReference = (measure: () => Promise<void>) => async () => {
    await delay(settleMs);
    await measure();
    run.say('references: measured');
  };

  const quiet = await measureSteady(run, plan, { load: approve, roots, perSecond: quietPerSecond });
  await shop.logInAgain();
  const steady = await measureSteady(
    run,
    plan,
    { load: approve, roots, perSecond: steadyPerSecond },
    withReference(() => references.measureSteady()),
  );
  const saturated = async (load: LoadOptions, what: Kind, unfinished: number) => {
    await shop.logInAgain();
    return measureSaturation(
      run,
      plan,
      { load, roots, what, unfinished },
      withReference(() => references.measureSaturated(what)),
    );
  };
  const confirmed = await saturated(approve, 'confirmed', some);
  const confirmedOfMany = await saturated(approve, 'confirmed', many);
  const refused = await saturated(decline, 'refused', many);
  const hops = await hopTable(steady.flatMap(({ orders }) => orders));
  shop.close();
  await ends.close();
  await references.measureTogether(plan.repetitions);
  await references.drop();

  const perSecond = (saturations: readonly Saturation[]) => saturations.map(({ endedPerSecond }) => endedPerSecond);
  const latencies = (rounds: readonly Steady[], perSecond: number, isHeld: boolean) => [
    latency(rounds, perSecond, { what: 'POST → 201', read: ({ acceptedMs }) => acceptedMs, percent: 50 }),
    latency(rounds, perSecond, { what: 'POST → 201', read: ({ acceptedMs }) => acceptedMs, percent: 99 }),
    ...[50, 99].map((percent) => ({
      ...latency(rounds, perSecond, { what: 'POST → confirmed', read: ({ endedMs }) => endedMs, percent }),
      ...(isHeld ? { reference: referenceOf.steady(percent, perSecond) } : {}),
    })),
  ];
  return {
    figures: [
      ...[
        { unfinished: some, rounds: confirmed },
        { unfinished: many, rounds: confirmedOfMany },
      ].map(({ unfinished, rounds }) => ({
        what: `confirmed, ${unfinished} unfinished`,
        unit: 'orders/s',
        samples: perSecond(rounds),
        reference: referenceOf.confirmed,
      })),
      {
        what: `refused and compensated, ${many} unfinished`,
        unit: 'orders/s',
        samples: perSecond(refused),
        reference: referenceOf.refused,
      },
      ...latencies(quiet, quietPerSecond, false),
      ...latencies(steady, steadyPerSecond, true),
      ...references.figures,
    ],
    tables: [hops, cpuTable({ quiet, steady, confirmed, 'confirmed of many': confirmedOfMany, refused })],
  };
};

interface Reading {
  readonly what: string;
  readonly read: (order: OrderTimes) => number;
  readonly percent: number;
}

function latency(rounds: readonly Steady[], perSecond: number, { what, read, percent }: Reading): Figure {
  return {
    what: `${what} p${percent} at ${perSecond} orders/s`,
    unit: 'ms',
    samples: rounds.map(({ orders }) => percentile(orders.map(read), percent)),
  };
}

async function measureSteady(
  run: BenchRun,
  plan: Plan,
  { load, roots, perSecond }: { load: LoadOptions; roots: Roots; perSecond: number },
  measureReference: () => Promise<void> = async () => undefined,
): Promise<Steady[]> {
  const rounds: Steady[] = [];
  for (let n = 1; n <= plan.repetitions; n += 1) {
    const round = await trickle(load, { perSecond, forMs: plan.steadyMs, roots });
    rounds.push(round);
    const ms = round.orders.map(({ endedMs }) => endedMs);
    run.say(
      `${perSecond} orders/s, ${n} of ${plan.repetitions}: confirmed p50 ${percentile(ms, 50).toFixed(0)} p99 ${percentile(ms, 99).toFixed(0)} ms, ${round.notAccepted} not accepted`,
    );
    await measureReference();
  }
  return rounds;
}

async function measureSaturation(
  run: BenchRun,
  plan: Plan,
  { load, roots, what, unfinished }: { load: LoadOptions; roots: Roots; what: Kind; unfinished: number },
  measureReference: () => Promise<void>,
): Promise<Saturation[]> {
  const rounds: Saturation[] = [];
  for (let n = 1; n <= plan.repetitions; n += 1) {
    const warmUpMs = n === 1 ? plan.warmUpMs : plan.warmUpMs / 4;
    const round = await saturate(load, { ...plan, unfinished, warmUpMs, roots });
    rounds.push(round);
    run.say(
      `${unfinished} unfinished, ${n} of ${plan.repetitions}: ${round.endedPerSecond.toFixed(1)} ${what}/s, ${round.notAccepted} not accepted`,
    );
    await measureReference();
  }
  return rounds;
}

/** What was measured, by the name of its column. */
type Rounds = Readonly<Record<string, readonly { readonly cpuMsPerOrder: CpuTimes }[]>>;

function cpuTable(rounds: Rounds): Table {
  const columns = Object.values(rounds).map(medianTimes);
  const roles = Object.keys(columns[0] ?? {});
  const sum = (times: CpuTimes) => Object.values(times).reduce((total, ms) => total + ms, 0);
  return {
    title: `CPU milliseconds of one order: at ${quietPerSecond} and ${steadyPerSecond} orders/s, and at saturation`,
    head: ['process', ...Object.keys(rounds)],
    rows: [...roles.map((role) => [role, ...columns.map((times) => times[role] ?? 0)]), ['all', ...columns.map(sum)]],
  };
}

function medianTimes(rounds: readonly { readonly cpuMsPerOrder: CpuTimes }[]): CpuTimes {
  const roles = Object.keys(rounds[0]?.cpuMsPerOrder ?? {});
  return Object.fromEntries(
    roles.map((role) => [role, median(rounds.map(({ cpuMsPerOrder }) => cpuMsPerOrder[role] ?? 0))]),
  );
}
