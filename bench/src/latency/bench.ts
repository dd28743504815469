import type { Bench } from '../bench.ts';
import { type Figure, percentile, shown } from '../figures.ts';
import { measureLatency, type Way } from './measure-latency.ts';
import { startWays } from './ways.ts';

const perSecond = 200;
const brokerAlone = 'broker alone: publish → consumer';

/** How long after its commit a message reaches a consumer, at a load that is far from saturation. Contenders take turns. */
export const latencyBench: Bench = async ({ quick, say }) => {
  const plan = quick ? { repetitions: 1, events: 400 } : { repetitions: 3, events: 4_000 };
  const ways = await startWays({
    relay: 'relay: commit → consumer',
    polling: 'pg-transactional-outbox, polling: commit → consumer',
    brokerAlone,
  });
  say('relay and references run; warming up');
  for (const way of ways) await measureLatency(way, { perSecond, events: 200 });
  const rounds = new Map<Way, number[][]>(ways.map((way) => [way, []]));
  for (let repetition = 1; repetition <= plan.repetitions; repetition += 1) {
    for (const way of ways) {
      const times = await measureLatency(way, { perSecond, events: plan.events });
      rounds.get(way)?.push(times);
      const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
      say(`${repetition} of ${plan.repetitions}: ${way.what}: p50 ${shown(p50)} ms, p99 ${shown(p99)} ms`);
    }
  }
  for (const way of ways) await way.stop();
  const figures = [50, 99].flatMap((percent) =>
    [...rounds].map(([{ what }, times]): Figure => {
      const nameOf = (name: string) => `${name}, p${percent} at ${perSecond}/s`;
      const samples = times.map((values) => percentile(values, percent));
      const reference = what === brokerAlone ? {} : { reference: nameOf(brokerAlone) };
      return { what: nameOf(what), unit: 'ms', samples, ...reference };
    }),
  );
  return { figures };
};
