import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { systemProcesses } from '@sagacity/scripts/system/processes';
import { expect } from 'chai';
import { type Arrival, judge } from './outbox/judge.ts';
import { startReader } from './outbox/reader.ts';
import { createAggregates, dropAggregates, startWriters } from './outbox/writers.ts';
import { type Copy, environmentOf, kill, processState, startCopy, untilReady, untilRestarted } from './processes.ts';
import { openScenario } from './scenario.ts';
import { areServersDurable, start, stop } from './servers.ts';

const key = 'chaos.happened';
const faults = [
  'a relay is killed',
  'the other relay is killed',
  'RabbitMQ is stopped',
  'PostgreSQL is restarted',
] as const;
type Fault = (typeof faults)[number];

describe('the outbox, while relays are killed and servers stopped,', () => {
  const scenario = openScenario('the outbox in chaos', { test: 400, chaos: 20_000, what: 'messages' });
  const rounds = scenario.isFullSize ? 5 : 1;
  let db: Db;
  let copy: Copy;

  before(async function () {
    this.timeout(scenario.timeoutMs);
    const { DATABASE_URL: url = '' } = environmentOf('order-service');
    db = createDatabase({ url, applicationName: 'outbox chaos', poolMax: 8 });
    await dropAggregates(db);
    await createAggregates(db);
    copy = await startCopy('outbox-relay');
  });
  after(async function () {
    this.timeout(scenario.timeoutMs);
    await dropAggregates(db);
    await db.destroy();
    await copy.stop();
    await Promise.all(systemProcesses.map(({ name }) => untilReady(name)));
  });

  it('loses nothing, makes nothing up, and keeps the order of each aggregate', async () => {
    const reader = await startReader(environmentOf('outbox-relay').AMQP_URL ?? '', { queue: 'test.outbox-chaos', key });
    const writers = startWriters(db, scenario, { key, latestMs: scenario.isFullSize ? 1_500 : 300 });
    const plan = Array.from({ length: rounds }, () => shuffled(faults)).flat();
    const step = Math.ceil(scenario.orders / plan.length);

    for (const fault of plan) {
      const from = reader.distinct();
      await waitFor('messages arrive', () => reader.distinct() >= from + step, scenario.timeoutMs, 20);
      scenario.say(`${reader.distinct()} messages arrived; ${fault}`);
      await bring(fault);
    }
    await waitFor(
      'enough are written',
      () => writers.counts().committed * 2 >= scenario.orders,
      scenario.timeoutMs,
      50,
    );
    await writers.stop();
    const versions = await writers.versions();
    const written = [...versions.values()].reduce((sum, version) => sum + version, 0);
    scenario.say(`${written} messages are written`);
    const isOver = async () => reader.distinct() >= written && (await waiting()) === 0;
    // What is lost never comes: then it is for the judgement below to say how much that is.
    const settled = await waitFor('all arrive', isOver, scenario.timeoutMs / 4, 50).then(
      () => true,
      () => false,
    );
    await reader.stop();

    const judgement = judge(reader.arrivals, versions);
    const { committed, rolledBack, late, failed } = writers.counts();
    scenario.table([
      ['transactions committed', committed],
      ['of those late', late],
      ['rolled back', rolledBack],
      ['ended by PostgreSQL going away', failed],
      ['connections of the reader that failed', reader.interruptions()],
      ...Object.entries(judgement),
    ]);
    expect(judgement).to.include({ messages: written, lost: 0, invented: 0, outOfOrder: 0 });
    expect(settled, 'all arrived and were deleted').to.equal(true);
  }).timeout(scenario.timeoutMs);

  it('is judged by what would be found', () => {
    const versions = new Map([['a', 3]]);
    const arrivals = (...numbers: number[]): Arrival[] =>
      numbers.map((version) => ({ messageId: `a${version}`, aggregate: 'a', version, isRedelivered: false }));
    const clean = { messages: 3, lost: 0, invented: 0, outOfOrder: 0, duplicates: 0, redelivered: 0 };
    expect(judge(arrivals(1, 2, 3), versions)).to.deep.equal(clean);
    expect(judge(arrivals(1, 3), versions)).to.deep.equal({ ...clean, lost: 1 });
    expect(judge(arrivals(1, 3, 2), versions)).to.deep.equal({ ...clean, outOfOrder: 1 });
    expect(judge(arrivals(1, 2, 1, 3), versions)).to.deep.equal({ ...clean, duplicates: 1 });
    expect(judge(arrivals(1, 2, 3, 4), versions)).to.deep.equal({ ...clean, invented: 1 });
  });

  async function bring(fault: Fault): Promise<void> {
    if (fault === 'a relay is killed') {
      const { restarts } = processState('outbox-relay');
      kill('outbox-relay');
      await untilRestarted('outbox-relay', restarts);
    } else if (fault === 'the other relay is killed') {
      await copy.kill();
      copy = await startCopy('outbox-relay');
    } else if (fault === 'RabbitMQ is stopped') {
      await stop('rabbitmq');
      await start('rabbitmq');
    } else {
      // At once, as at a power cut: only where what is committed is on the disk.
      await stop('postgres', areServersDurable() ? 'SIGQUIT' : 'SIGINT');
      await start('postgres');
    }
  }

  function shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.flatMap(() => left.splice(scenario.pick(left.length), 1));
  }

  async function waiting(): Promise<number> {
    const [row] = await db('outbox').where('aggregate_type', 'chaos').count({ n: '*' });
    return Number(row?.n);
  }
});
