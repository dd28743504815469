import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Customer, logInAsAdmin, newProduct, setting } from '../e2e/shop.ts';
import { type AmqpEvent, followAmqp, publishOf, redeliveryOf } from './lines/amqp-conversation.ts';
import { createLineProxy, type LineProxy } from './lines/line-proxy.ts';
import { type Line, lines } from './lines/lines.ts';
import { followPostgres, type SqlEvent } from './lines/postgres-conversation.ts';
import { newCustomers, type PlacedOrder, placeMany } from './load.ts';
import { environmentOf, kill, processState, untilReady, untilRestarted, withSettings } from './processes.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

/** What stands between one process and its servers. */
interface Proxies {
  readonly sql: LineProxy<SqlEvent>;
  readonly amqp: LineProxy<AmqpEvent>;
}

const reachDeadlineMs = 90_000;
const tokens = { approved: 'tok_approve', declined: 'tok_decline', 'cancelled while charged': 'tok_slow' } as const;
const ends = { approved: 'confirmed', declined: 'rejected', 'cancelled while charged': 'cancelled' } as const;

/**
 * Between each process and its servers stands a proxy that understands what is said. It holds the process at the line (a commit
 * that must not arrive, an acknowledgement, a delete), the process is killed there, and nothing in its sources knows of it.
 */
describe('a process killed at an exact line:', () => {
  const taken = process.env.CHAOS_FULL_SIZE === '1' ? lines : lines.filter(({ isCore }) => isCore);
  const scenario = openScenario('SIGKILL at exact lines', { test: taken.length, chaos: taken.length, isFixed: true });
  const proof = openProof();
  const proxies = new Map<string, Proxies>();
  const all: PlacedOrder[] = [];
  const rows: (string | number)[][] = [['process', 'killed', 'order ended']];
  let restore: (() => Promise<void>) | undefined;
  let admin: Customer;
  let customers: Customer[];

  before(async function () {
    this.timeout(scenario.timeoutMs);
    const settings = new Map<string, Record<string, string>>();
    for (const name of new Set(taken.map((line) => line.process))) settings.set(name, await putBetween(name));
    restore = await withSettings(settings);
    await Promise.all([...settings.keys()].map(untilReady));
    admin = await logInAsAdmin();
    customers = await newCustomers(1);
  });
  after(async function () {
    this.timeout(scenario.timeoutMs);
    await restore?.();
    await Promise.all([...proxies.values()].flatMap(({ sql, amqp }) => [sql.close(), amqp.close()]));
    await proof.close();
  });

  for (const line of taken) {
    it(`${line.process} ${line.name}`, async () => {
      const { sql, amqp } = proxies.get(line.process) as Proxies;
      const { restarts } = processState(line.process);
      const productId = await newProduct(admin, 1);
      const held = 'sql' in line.at ? sql.holdAt(line.at.sql) : amqp.holdAt(line.at.amqp);
      const again = line.again && amqp.untilSeen(isAgain(line.again));
      let isThere = false;
      let cameAgain = line.again === undefined;
      const killed = held.then(() => {
        isThere = true;
        kill(line.process);
        return again?.then(() => {
          cameAgain = true;
        });
      });

      const order = await place(line, productId);
      await waitFor('the process is at the line', () => isThere, reachDeadlineMs);
      await untilRestarted(line.process, restarts);
      await waitFor('the message has come once more', () => cameAgain, reachDeadlineMs);
      await killed;
      const found = await proof.untilEnded([order]);
      await untilReady(line.process);

      all.push(order);
      const status = found.get(order.id)?.status ?? 'missing';
      rows.push([line.process, line.name, status]);
      expect(status).to.equal(ends[line.order]);
    }).timeout(scenario.timeoutMs);
  }

  it('and in the end everything adds up', async () => {
    scenario.table(rows);
    await proof.prove(scenario, all, [['lines', rows.length - 1]]);
    expect(all).to.have.lengthOf(taken.length);
  }).timeout(scenario.timeoutMs);

  afterEach(() => {
    for (const { sql, amqp } of proxies.values()) for (const proxy of [sql, amqp]) proxy.disarm();
  });

  /** Starts the proxies of a process; returns the settings with which it speaks through them. */
  async function putBetween(name: string): Promise<Record<string, string>> {
    const postgres = addressOf(setting('TEST_POSTGRES_ADMIN_URL'));
    const rabbitmq = addressOf(setting('TEST_AMQP_URL'));
    const [sql, amqp] = await Promise.all([
      createLineProxy(postgres, followPostgres),
      createLineProxy(rabbitmq, followAmqp),
    ]);
    proxies.set(name, { sql, amqp });
    const through = Object.entries(environmentOf(name)).map(([key, value]) => [
      key,
      value
        .replaceAll(`${postgres.host}:${postgres.port}/`, `127.0.0.1:${sql.port}/`)
        .replaceAll(`${rabbitmq.host}:${rabbitmq.port}/`, `127.0.0.1:${amqp.port}/`),
    ]);
    return Object.fromEntries(through);
  }

  async function place({ order }: Line, productId: number): Promise<PlacedOrder> {
    const { placed } = await placeMany({
      buyers: customers,
      count: 1,
      atOnce: 1,
      order: () => ({ productId, token: tokens[order] }),
    });
    const [only] = placed as [PlacedOrder];
    if (order === 'cancelled while charged') await cancelWhileCharged(only);
    return only;
  }

  async function cancelWhileCharged({ id, customer }: PlacedOrder): Promise<void> {
    await waitFor(
      'the provider is asked for the money',
      () => proof.databases.payments_db('payments').where({ order_id: id }).first(),
      reachDeadlineMs,
    );
    const { status } = await customer.call('POST', `/orders/${id}/cancel`, { body: {} });
    expect(status).to.equal(202);
  }
});

function isAgain(again: NonNullable<Line['again']>): (event: AmqpEvent) => boolean {
  if ('redelivered' in again) return redeliveryOf(again.redelivered);
  // The relay's first publishing passes before the line; what counts is the one after.
  let seen = 0;
  return (event) => {
    if (publishOf(again.republished)(event)) seen += 1;
    return seen === 2;
  };
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
