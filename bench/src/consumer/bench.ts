import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import type { Bench } from '../bench.ts';
import { type Figure, shown } from '../figures.ts';
import { type ConsumerWorld, openConsumerWorld, type Running } from './consumer-world.ts';
import { startHandWritten } from './hand-written.ts';
import { startOurs } from './ours.ts';

interface Contender {
  readonly what: string;
  readonly messages: number;
  readonly reference?: string;
  start(world: ConsumerWorld): Promise<Running>;
}

const deadlineMs = 5 * 60_000;

/** How many messages a second one consumer handles that wait in its queue: inbox, an update and an outbox row for each. Contenders take turns. */
export const consumerBench: Bench = async ({ quick, say }) => {
  const plan = quick
    ? { repetitions: 1, oneByOne: 500, batched: 2_000 }
    : { repetitions: 5, oneByOne: 5_000, batched: 30_000 };
  const contenders = contendersOf(plan);
  const world = await openConsumerWorld();
  say('warming up');
  for (const contender of contenders) await measure(world, { ...contender, messages: contender.messages / 5 });
  const samples = new Map<string, number[]>(contenders.map(({ what }) => [what, []]));
  for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
    for (const contender of contenders) {
      const rate = await measure(world, contender);
      samples.get(contender.what)?.push(rate);
      say(`${repetition} of ${plan.repetitions}: ${contender.what}: ${shown(rate)} messages/s`);
    }
  }
  await world.drop();
  const figures = contenders.map(
    ({ what, reference }): Figure => ({
      what,
      unit: 'messages/s',
      samples: samples.get(what) ?? [],
      ...(reference === undefined ? {} : { reference }),
    }),
  );
  return { figures };
};

function contendersOf({ oneByOne, batched }: { oneByOne: number; batched: number }): Contender[] {
  const [alone, together] = ['hand-written, one by one', 'hand-written, batches of 100'];
  return [
    {
      what: 'consumer, one by one',
      messages: oneByOne,
      reference: alone,
      start: (world) => startOurs(world, { maxBatch: 1, isSetBased: false }),
    },
    { what: alone, messages: oneByOne, start: (world) => startHandWritten(world, { batch: 1 }) },
    {
      what: 'consumer, batched, a statement for each message',
      messages: batched,
      reference: together,
      start: (world) => startOurs(world, { maxBatch: 100, isSetBased: false }),
    },
    {
      what: 'consumer, batched, one statement for all',
      messages: batched,
      reference: together,
      start: (world) => startOurs(world, { maxBatch: 100, isSetBased: true }),
    },
    { what: together, messages: batched, start: (world) => startHandWritten(world, { batch: 100 }) },
  ];
}

/** Messages a second, from the start of the consumer until the last one is committed. Throws when one is missing or was handled twice. */
async function measure(world: ConsumerWorld, { messages, start }: Contender): Promise<number> {
  await world.fill(messages);
  const startedAt = performance.now();
  const running = await start(world);
  await waitFor('all are handled', async () => (await world.lastOutboxId()) >= messages, deadlineMs);
  const ms = performance.now() - startedAt;
  await running.stop();
  await world.verify(messages);
  return (messages * 1_000) / ms;
}
