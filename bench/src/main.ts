import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { backlogBench } from './backlog/bench.ts';
import { type Bench, setting } from './bench.ts';
import { catalogueBench } from './catalogue/bench.ts';
import { consumerBench } from './consumer/bench.ts';
import { latencyBench } from './latency/bench.ts';
import { ordersBench } from './orders/bench.ts';
import { relayBench } from './relay/bench.ts';

const benches: Readonly<Record<string, Bench>> = {
  relay: relayBench,
  backlog: backlogBench,
  latency: latencyBench,
  consumer: consumerBench,
  orders: ordersBench,
  catalogue: catalogueBench,
};

/** Runs one bench and writes what it found into the file that BENCH_RESULT names. */
async function main(name: string): Promise<void> {
  const bench = benches[name];
  if (!bench) throw new Error(`there is no bench ${name}: there are ${Object.keys(benches).join(', ')}`);
  const startedAt = performance.now();
  const say = (line: string) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4);
    process.stdout.write(`${name} ${seconds} s  ${line}\n`);
  };
  const outcome = await bench({ quick: process.env.QUICK === '1', say });
  const path = setting('BENCH_RESULT');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(outcome));
}

// With an exit that is heard, what the bench has started ends as well.
process.once('SIGTERM', () => process.exit(143));

try {
  await main(process.argv[2] ?? '');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// What a failed bench has left open must not hold up the next one.
process.exit();
