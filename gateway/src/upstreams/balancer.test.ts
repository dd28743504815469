import { mock } from 'node:test';
import { expect } from 'chai';
import { pickInstance } from './balancer.ts';
import { Instance } from './instance.ts';

describe('balancer', () => {
  let now = 0;
  let instances: Instance[] = [];
  beforeEach(() => {
    now = 1_000_000;
    instances = ['http://a', 'http://b', 'http://c'].map((url) => new Instance(url, () => now));
  });
  afterEach(() => {
    for (const instance of instances) instance.close();
  });

  it('takes the one of two with fewer requests in flight', () => {
    const [a, b] = instances as [Instance, Instance];
    a.inFlight = 5;
    const picks = Array.from({ length: 20 }, () => pickInstance([a, b]));
    expect(picks.every((pick) => pick === b)).to.equal(true);
  });

  it('gives each instance its share', () => {
    const counts = new Map<string, number>();
    for (let step = 0; step < 300; step += 1) {
      const url = pickInstance(instances)?.url ?? '';
      counts.set(url, (counts.get(url) ?? 0) + 1);
    }
    for (const { url } of instances) expect(counts.get(url), url).to.be.greaterThan(50);
  });

  it('passes over an instance after five failures in a row, and takes it back in when its time is over', async () => {
    const [a] = instances as [Instance];
    await failTimes(a, 4);
    expect(a.ejected).to.equal(false);
    await failTimes(a, 1);
    expect(a.ejected).to.equal(true);
    expect(picksOf(instances, 50)).not.to.include('http://a');
    now += 5_001;
    expect(picksOf(instances, 50)).to.include('http://a');
  });

  it('ejects for longer each time', async () => {
    const [a] = instances as [Instance];
    await failTimes(a, 5);
    now += 5_001;
    await failTimes(a, 5);
    now += 5_001;
    expect(a.ejected).to.equal(true);
    now += 5_000;
    expect(a.ejected).to.equal(false);
  });

  it('forgets failures after a success', async () => {
    const [a] = instances as [Instance];
    await failTimes(a, 4);
    await a.attempt(async () => ({ kind: 'answered', status: 200 }));
    await failTimes(a, 4);
    expect(a.ejected).to.equal(false);
  });

  it('never passes over more than half of all', async () => {
    const [a, b] = instances as [Instance, Instance];
    await failTimes(a, 5);
    await failTimes(b, 5);
    expect(new Set(picksOf(instances, 100))).to.have.lengthOf(3);
  });

  it('goes to another instance on a second try, and to the same when there is no other', () => {
    const [a] = instances as [Instance];
    expect(picksWithout(instances, a)).not.to.include('http://a');
    expect(pickInstance([a], new Set([a]))).to.equal(a);
    expect(pickInstance([])).to.equal(undefined);
  });

  it('does not blame an instance for errors of the request', async () => {
    const [a] = instances as [Instance];
    for (let step = 0; step < 30; step += 1) await a.attempt(async () => ({ kind: 'answered', status: 500 }));
    expect(a.ejected).to.equal(false);
    expect(a.open).to.equal(false);
  });

  it('opens the breaker of an instance that fails more than half of its requests', async () => {
    const [a] = instances as [Instance];
    for (let step = 0; step < 11; step += 1) {
      await a.attempt(async () => ({ kind: 'answered', status: 200 }));
      await failTimes(a, 2);
    }
    expect(a.open).to.equal(true);
    let called = false;
    const outcome = await a.attempt(async () => {
      called = true;
      return { kind: 'answered', status: 200 };
    });
    expect(outcome.kind).to.equal('breaker_open');
    expect(called).to.equal(false);
  });

  it('lets one request through an open breaker after five seconds, and closes it when that is answered', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const a = new Instance('http://a', () => now);
      instances.push(a);
      await failTimes(a, 30);
      mock.timers.tick(4_999);
      expect(a.open).to.equal(true);

      mock.timers.tick(1);

      expect(a.open).to.equal(false);
      await failTimes(a, 1);
      expect(a.open, 'after a try that failed').to.equal(true);
      mock.timers.tick(5_000);
      const answers = await Promise.all([1, 2].map(() => a.attempt(async () => ({ kind: 'answered', status: 200 }))));
      expect(answers.map(({ kind }) => kind)).to.deep.equal(['answered', 'breaker_open']);
      expect((await a.attempt(async () => ({ kind: 'answered', status: 200 }))).kind).to.equal('answered');
    } finally {
      mock.timers.reset();
    }
  });
});

async function failTimes(instance: Instance, times: number): Promise<void> {
  for (let step = 0; step < times; step += 1) await instance.attempt(async () => ({ kind: 'reset' }));
}

function picksOf(instances: readonly Instance[], times: number): (string | undefined)[] {
  return Array.from({ length: times }, () => pickInstance(instances)?.url);
}

function picksWithout(instances: readonly Instance[], tried: Instance): (string | undefined)[] {
  return Array.from({ length: 50 }, () => pickInstance(instances, new Set([tried]))?.url);
}
