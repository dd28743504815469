import { type Bench, setting } from '../bench.ts';
import type { Roots } from '../cpu.ts';
import { type DrainResult, measureDrain } from './drain.ts';
import { type Drainer, startReference, startRelay } from './drainers.ts';
import { type OutboxWorld, openOutboxWorld } from './outbox-world.ts';

interface Contender {
  readonly what: string;
  readonly rows: number;
  readonly drainer: Drainer;
  readonly fill: (rows: number) => Promise<void>;
  readonly isOver: () => Promise<boolean>;
}

/** How fast an outbox of 500-byte rows is drained into one quorum queue. Contenders take turns, so that the machine's moods meet all alike. */
export const relayBench: Bench = async ({ quick, say }) => {
  const plan = quick ? { repetitions: 2, rows: 5_000, polled: 300 } : { repetitions: 5, rows: 50_000, polled: 2_000 };
  const { postgres = 0, rabbitmq = 0 }: Roots = JSON.parse(setting('BENCH_ROOTS'));
  const servers = { postgres, rabbitmq };
  const worlds = await Promise.all([openOutboxWorld(), openOutboxWorld(), openOutboxWorld(), openOutboxWorld()]);
  const contenders = await startAll(worlds, plan);
  say('relay and references run; warming up');
  const results = new Map<string, DrainResult[]>(contenders.map(({ what }) => [what, []]));
  for (const [n, contender] of contenders.entries()) {
    const world = worlds[n] as OutboxWorld;
    await measureDrain({ ...contender, world, servers, rows: contender.rows / 10 });
  }
  for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
    for (const [n, contender] of contenders.entries()) {
      const result = await measureDrain({ ...contender, world: worlds[n] as OutboxWorld, servers });
      results.get(contender.what)?.push(result);
      say(`${repetition} of ${plan.repetitions}: ${contender.what} ${result.eventsPerSecond.toFixed(0)} events/s`);
    }
  }
  for (const { drainer } of contenders) await drainer.stop();
  for (const world of worlds) await world.drop();
  const figures = [...results].flatMap(([what, rounds]) => [
    { what, unit: 'events/s', samples: rounds.map(({ eventsPerSecond }) => eventsPerSecond), reference: bareLoop },
    {
      what: `${what}, CPU`,
      unit: 'µs/event',
      samples: rounds.map(({ cpuUs }) => cpuUs),
      reference: `${bareLoop}, CPU`,
    },
  ]);
  return {
    figures: figures.map(({ reference, ...rest }) => (rest.what === reference ? rest : { ...rest, reference })),
  };
};

const bareLoop = 'bare loop';

async function startAll(
  [ours, bare, polled, alone]: readonly OutboxWorld[],
  { rows, polled: polledRows }: { rows: number; polled: number },
): Promise<Contender[]> {
  if (!ours || !bare || !polled || !alone) throw new Error('unreachable: four worlds');
  const addresses = ({ database, vhost }: OutboxWorld) => ({
    DATABASE_URL: database.url,
    DATABASE_NAME: database.name,
    AMQP_URL: vhost.url,
  });
  // It makes its own schema, table and function.
  await polled.database.runAsAdmin(`
    GRANT CREATE ON DATABASE ${polled.database.name} TO order_service;
    GRANT CREATE ON SCHEMA public TO order_service`);
  return [
    {
      what: 'relay',
      rows,
      drainer: await startRelay(ours),
      fill: ours.fill,
      isOver: () => ours.isEmpty('outbox'),
    },
    {
      what: bareLoop,
      rows,
      drainer: await startReference('src/relay/bare-loop.ts', addresses(bare)),
      fill: bare.fill,
      isOver: () => bare.isEmpty('outbox'),
    },
    {
      what: 'pg-transactional-outbox, polling',
      rows: polledRows,
      drainer: await startReference('references/polling.mjs', addresses(polled)),
      fill: polled.fillForPolling,
      isOver: () => polled.isEmpty('polled_outbox'),
    },
    {
      what: 'broker alone, no database',
      rows,
      drainer: await startReference('src/relay/broker-alone.ts', addresses(alone)),
      fill: async () => undefined,
      isOver: async () => true,
    },
  ];
}
