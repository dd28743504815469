import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { logInAsAdmin, newProduct, setting } from '../e2e/shop.ts';
import { type GatewayLog, type LogLine, openGatewayLog } from './gateway-log.ts';
import { type Copy, startCopy } from './processes.ts';
import { type Read, type SteadyReads, startReads } from './reads.ts';
import { openScenario } from './scenario.ts';

const service = 'product-service';
const lookEveryMs = 50;
const deadlineMs = 60_000;
/** Five before it is passed over, five more when it is tried again, and those that were under way each time. */
const mostMet = 25;

/** What happened to the instances, and when, as `Date.now()` tells. */
interface Story {
  readonly killedAt: number;
  /** When the gateway dropped the dead one. */
  readonly goneAt: number;
  /** Whether anybody spoke to the dead one after that. */
  readonly isVisited: () => boolean;
  readonly startingAt: number;
  readonly added: Copy;
  readonly readyAt: number;
  readonly firstAt: number;
}

describe('three product services behind one gateway', () => {
  const scenario = openScenario('one of three product services killed, another one started', {
    test: 400,
    chaos: 2_000,
    what: 'requests',
  });
  const share = scenario.orders / 4;
  const copies: Copy[] = [];
  let reads: SteadyReads | undefined;
  let grave: Server | undefined;
  after(async () => {
    await reads?.end();
    grave?.close();
    await Promise.all(copies.filter((copy) => copy.isRunning()).map((copy) => copy.stop()));
  });

  it('answer every read while one of them is killed, and share them with another one that is started', async () => {
    const log = openGatewayLog();
    const [second, killed] = [await startAnother(), await startAnother()];
    for (const { url } of copies) await untilLogged(log, 'instance found', url);
    const load = await startLoad();
    reads = load;
    await untilAnswered(load, share);

    const story = await killAndReplace(killed, load, log);

    await untilAnswered(load, Math.max(scenario.orders, load.answered().length + share));
    await load.end();
    await waitFor('all reads are logged', () => readsIn(log).length === load.answered().length);
    const failed = load.answered().filter(({ status }) => status !== 200);
    const retried = readsIn(log).filter(({ attempts }) => attempts !== 1);
    const lastTry = Math.max(...retried.map(begunAt).filter((time) => time < story.goneAt), story.killedAt);
    const shares = sharesOf(readsIn(log), story, {
      first: setting('E2E_PRODUCT_SERVICE_URL'),
      second: second.url,
      killed: killed.url,
      new: story.added.url,
    });
    scenario.table([['reads answered by', 'before the kill', 'until its lease ended', 'afterwards'], ...shares]);
    scenario.table([
      ['reads', load.answered().length],
      ['reads that failed', failed.length],
      ['reads that were tried on another instance', retried.length],
      ['ms from the kill to the last read that was sent to the dead one', lastTry - story.killedAt],
      ['ms from the kill to the end of its lease at the gateway', story.goneAt - story.killedAt],
      ['ms from the start of the new one to its first read', story.firstAt - story.startingAt],
      ['ms from its being ready to its first read', story.firstAt - story.readyAt],
    ]);
    expect(countBy(failed), 'reads that were not answered with 200, by status').to.deep.equal({});
    expect(retried.length, 'reads that met the dead one: it is passed over after five').to.be.within(1, mostMet);
    for (const [name, before, , after] of shares) {
      if (name !== 'new') expect(before, `reads of the ${name} one before the kill`).to.be.greaterThan(0);
      if (name !== 'killed') expect(after, `reads of the ${name} one at the end`).to.be.greaterThan(0);
    }
    expect(story.isVisited(), 'somebody spoke to the dead one after its lease had ended').to.equal(false);
  }).timeout(scenario.timeoutMs);

  async function killAndReplace(killed: Copy, load: SteadyReads, log: GatewayLog): Promise<Story> {
    const killedAt = Date.now();
    await killed.kill();
    scenario.say(`one was killed after ${load.answered().length} reads`);
    const goneAt = await untilLogged(log, 'instance has gone', killed.url);
    const isVisited = await openGrave(killed.url);
    scenario.say(`its lease has ended after ${load.answered().length} reads`);
    const startingAt = Date.now();
    const added = await startAnother();
    const readyAt = Date.now();
    const firstAt = await waitFor('the new one is asked', () => firstBegunAt(added.url, log), deadlineMs, lookEveryMs);
    scenario.say(`another one was started and is asked after ${load.answered().length} reads`);
    return { killedAt, goneAt, isVisited, startingAt, added, readyAt, firstAt };
  }

  async function startAnother(): Promise<Copy> {
    const copy = await startCopy(service);
    copies.push(copy);
    return copy;
  }

  async function startLoad(): Promise<SteadyReads> {
    const productId = await newProduct(await logInAsAdmin(), 10);
    return startReads({
      paths: [`/products/${productId}`, '/products?limit=5', '/products?limit=5&sort=-price'],
      perSecond: scenario.isFullSize ? 60 : 20,
      most: scenario.orders * 4,
      name: requestIds,
    });
  }

  function untilAnswered(load: SteadyReads, count: number): Promise<true> {
    return waitFor(`${count} reads are answered`, () => load.answered().length >= count, deadlineMs, lookEveryMs);
  }

  /** Listens in the place of the dead one: whoever still connects is seen. */
  async function openGrave(url: string): Promise<() => boolean> {
    let isVisited = false;
    grave = createServer((socket) => {
      isVisited = true;
      socket.destroy();
    });
    grave.listen(Number(new URL(url).port), '127.0.0.1');
    await once(grave, 'listening');
    return () => isVisited;
  }
});

const requestIds = `instances-${process.pid}`;

/** The reads of this scenario, each with the instance that answered it. */
function readsIn(log: GatewayLog): readonly LogLine[] {
  return log.lines().filter(({ request_id: id }) => id?.startsWith(requestIds));
}

function firstBegunAt(url: string, log: GatewayLog): number | undefined {
  const first = readsIn(log).find(({ instance }) => instance === url);
  return first && begunAt(first);
}

/** When the gateway said so of an instance of the service. */
function untilLogged(log: GatewayLog, message: string, url: string): Promise<number> {
  return waitFor(
    `the gateway says of ${url}: ${message}`,
    () => {
      const line = log.lines().find((each) => each.message === message && each.url === url);
      return line && Date.parse(line.ts);
    },
    deadlineMs,
    lookEveryMs,
  );
}

function begunAt({ ts, duration_ms: ms = 0 }: LogLine): number {
  return Math.round(Date.parse(ts) - ms);
}

function countBy(reads: readonly Read[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of reads) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** How many reads each instance answered: those begun before the kill, before its lease ended, and afterwards. */
function sharesOf(lines: readonly LogLine[], { killedAt, goneAt }: Story, names: Readonly<Record<string, string>>) {
  return Object.entries(names).map(([name, url]) => {
    const times = lines.filter(({ instance }) => instance === url).map(begunAt);
    return [
      name,
      times.filter((time) => time < killedAt).length,
      times.filter((time) => time >= killedAt && time < goneAt).length,
      times.filter((time) => time >= goneAt).length,
    ] as const;
  });
}
