import { expect } from 'chai';
import { type Answers, addressLimit, adminKind, type Gateways, openGateways } from './gateway-answers.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';
import { start, stop } from './servers.ts';

/** What two gateways answered while Redis was in one state. */
interface Observation {
  readonly state: string;
  readonly isThere: boolean;
  readonly answers: readonly Answers[];
  /** How many requests of one address both let through together. */
  readonly admitted: number;
}

describe('requests through gateways whose Redis comes and goes', () => {
  const scenario = openScenario('answers while Redis is up, stopped, back, absent at the boot of gateways', {
    test: 10,
    chaos: 100,
    what: 'requests',
  });
  const proof = openProof();
  let gateways: Gateways;

  before(async function () {
    this.timeout(scenario.timeoutMs);
    gateways = await openGateways(scenario.orders * 5);
  });
  after(async () => {
    await start('redis');
    await gateways.stop();
    await proof.close();
  });

  it('are answered in every state, but for admins while sessions cannot be looked up; limits are shared again without a restart', async () => {
    const observed: Observation[] = [];
    const observe = async (state: string, isThere: boolean) => {
      const answers = await gateways.askForAll(scenario.orders);
      observed.push({ state, isThere, answers, admitted: await gateways.countAdmitted() });
      scenario.say(`asked with Redis ${state}`);
    };
    await observe('up', true);
    await stop('redis');
    await observe('stopped', false);
    const backAfterMs = await startAndMeasure();
    await observe('started again', true);
    await stop('redis');
    await gateways.restart();
    await observe('absent at their boot', false);
    const thereAfterMs = await startAndMeasure();
    await observe('started after them', true);

    scenario.table([['Redis', 'request', 'answers', 'p50 ms', 'max ms'], ...observed.flatMap(rowsOf)]);
    await proof.prove(scenario, gateways.placed, [
      ['ms from the start of Redis until both use it: started again', backAfterMs],
      ['ms from the start of Redis until both use it: started after them', thereAfterMs],
      ...observed.map(
        ({ state, admitted }) => [`let through of a limit of ${addressLimit}: ${state}`, admitted] as const,
      ),
    ]);
    for (const { state, isThere, answers, admitted } of observed) {
      for (const { kind, statuses } of answers) {
        expect(statuses, `${kind}, Redis ${state}`).to.deep.equal({ [statusOf(kind, isThere)]: scenario.orders });
      }
      // Each gateway counts for itself while Redis is away.
      expect(admitted, `let through, Redis ${state}`).to.equal(isThere ? addressLimit : 2 * addressLimit);
    }
  }).timeout(scenario.timeoutMs);

  async function startAndMeasure(): Promise<number> {
    const since = performance.now();
    await start('redis');
    await gateways.untilTheyUseRedis();
    return Math.round(performance.now() - since);
  }
});

function statusOf(kind: string, isThere: boolean): number {
  if (kind === adminKind && !isThere) return 503;
  return kind === 'POST /orders' ? 201 : 200;
}

function rowsOf({ state, answers }: Observation): (string | number)[][] {
  return answers.map(({ kind, statuses, medianMs, slowestMs }) => [
    state,
    kind,
    Object.entries(statuses)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
    Number(medianMs.toFixed(1)),
    Number(slowestMs.toFixed(1)),
  ]);
}
