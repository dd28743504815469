import { type Bench, type BenchRun, setting } from '../bench.ts';
import type { Roots } from '../cpu.ts';
import { type Figure, median, type Outcome, shown } from '../figures.ts';
import { type DrainResult, measureDrain } from '../relay/drain.ts';
import { type Drainer, startReference, startRelay } from '../relay/drainers.ts';
import { type OutboxWorld, openOutboxWorld } from '../relay/outbox-world.ts';
import { holdSnapshot } from './old-snapshot.ts';

interface Course {
  readonly what: string;
  readonly rows: number;
  readonly repetitions: number;
  readonly world: OutboxWorld;
  readonly drainer: Drainer;
  /** With a transaction that does nothing, but began before the first row was deleted. */
  readonly isSnapshotHeld: boolean;
}

/** Whether draining stays as fast to its end: with an old snapshot held, which keeps deleted rows in the way, and with a million rows waiting. */
export const backlogBench: Bench = async (run) => {
  const plan = run.quick
    ? { rows: 5_000, many: 20_000, repetitions: 1 }
    : { rows: 200_000, many: 1_000_000, repetitions: 3 };
  const [ours, bare] = await Promise.all([openOutboxWorld(), openOutboxWorld()]);
  // The pace of catching up is for the sake of live orders, of which there are none here.
  const relay = await startRelay(ours, { OUTBOX_CATCH_UP_PER_SECOND: '0', OUTBOX_CATCH_UP_QUEUE_DEPTH: '0' });
  const addresses = { DATABASE_URL: bare.database.url, AMQP_URL: bare.vhost.url };
  const loop = await startReference('src/relay/bare-loop.ts', addresses);
  const { rows, repetitions, many } = plan;
  const few = rows.toLocaleString('en-US');
  const byRelay = { world: ours, drainer: relay };
  const byLoop = { world: bare, drainer: loop };
  const courses: Course[] = [
    { what: `relay, ${few} rows`, rows, repetitions, isSnapshotHeld: false, ...byRelay },
    { what: `relay, ${few} rows, old snapshot held`, rows, repetitions, isSnapshotHeld: true, ...byRelay },
    { what: `bare loop, ${few} rows, old snapshot held`, rows, repetitions, isSnapshotHeld: true, ...byLoop },
    {
      what: `relay, ${many.toLocaleString('en-US')} rows`,
      rows: many,
      repetitions: 1,
      isSnapshotHeld: false,
      ...byRelay,
    },
  ];
  run.say('relay and bare loop run; warming up');
  for (const [n, course] of courses.entries()) if (n !== 1 && n !== 3) await drain({ ...course, rows: rows / 10 });
  const results = await takeTurns(courses, run);
  await Promise.all([relay.stop(), loop.stop()]);
  await Promise.all([ours.drop(), bare.drop()]);
  return outcome(results);
};

async function takeTurns(courses: readonly Course[], { say }: BenchRun): Promise<Map<string, DrainResult[]>> {
  const results = new Map<string, DrainResult[]>(courses.map(({ what }) => [what, []]));
  const most = Math.max(...courses.map(({ repetitions }) => repetitions));
  for (let repetition = 1; repetition <= most; repetition += 1) {
    for (const course of courses.filter(({ repetitions }) => repetition <= repetitions)) {
      const result = await drain(course);
      results.get(course.what)?.push(result);
      const curve = result.tenths.map(shown).join(' ');
      const what = `${repetition} of ${course.repetitions}: ${course.what}`;
      say(`${what}: ${shown(result.eventsPerSecond)} events/s, by tenths ${curve}`);
    }
  }
  return results;
}

async function drain({ world, drainer, rows, isSnapshotHeld }: Course): Promise<DrainResult> {
  const { postgres = 0, rabbitmq = 0 }: Roots = JSON.parse(setting('BENCH_ROOTS'));
  const snapshot = isSnapshotHeld ? await holdSnapshot(world.pool) : undefined;
  const result = await measureDrain({
    world,
    drainer,
    rows,
    servers: { postgres, rabbitmq },
    fill: world.fill,
    isOver: () => world.isEmpty('outbox'),
  });
  await snapshot?.release();
  // What one course leaves behind must not slow down the next one.
  await world.database.runAsAdmin('VACUUM outbox');
  return result;
}

function outcome(results: ReadonlyMap<string, readonly DrainResult[]>): Outcome {
  const [reference] = results.keys();
  const figures: Figure[] = [...results].flatMap(([what, rounds]) => [
    {
      what,
      unit: 'events/s',
      samples: rounds.map(({ eventsPerSecond }) => eventsPerSecond),
      ...(reference === undefined || what === reference ? {} : { reference }),
    },
    { what: `${what}: last tenth by first`, unit: '', samples: rounds.map(lastByFirst) },
  ]);
  const names = [...results.keys()];
  const rows = Array.from({ length: 10 }, (_, n) => [
    `${n * 10} to ${n * 10 + 10} %`,
    ...names.map((name) => median((results.get(name) ?? []).map(({ tenths }) => tenths[n] ?? Number.NaN))),
  ]);
  return {
    figures,
    tables: [{ title: 'Events per second in each tenth of the rows', head: ['part', ...names], rows }],
  };
}

function lastByFirst({ tenths }: DrainResult): number {
  return (tenths.at(-1) ?? Number.NaN) / (tenths[0] ?? Number.NaN);
}
