import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { takeWhatArrived } from './take-what-arrived.ts';

describe('taking what arrived', () => {
  it('does together what is submitted at once, and then what arrived meanwhile, and gives each its result', async () => {
    const { batches, work, started, release } = recorder();
    const { submit } = takeWhatArrived(work);

    const first = [1, 2].map((item) => submit(item));
    await started;
    const second = [3, 4, 5].map((item) => submit(item));
    release();

    expect(await Promise.all([...first, ...second])).to.deep.equal([10, 20, 30, 40, 50]);
    expect(batches).to.deep.equal([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  it('takes no more than a batch holds', async () => {
    const { batches, work, release } = recorder();
    const { submit } = takeWhatArrived(work, { maxBatch: 2 });

    const all = [1, 2, 3, 4].map((item) => submit(item));
    release();
    await Promise.all(all);

    expect(batches).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });

  it('does a batch that fails item by item, so that the bad one fails alone', async () => {
    const { batches, work, release } = recorder((item) => item === 3);
    const { submit } = takeWhatArrived(work);

    const all = [1, 2, 3, 4].map((item) => submit(item));
    release();
    const outcomes = await Promise.allSettled(all);

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(batches).to.deep.equal([[1, 2, 3, 4], [1], [2], [3], [4]]);
  });

  it('does what arrived although the former batch is stuck, where patience has an end', async () => {
    const { batches, work, started, release } = recorder();
    const second = Promise.withResolvers<void>();
    const { submit } = takeWhatArrived(
      (items: readonly number[]) => {
        if (items.includes(2)) second.resolve();
        return work(items);
      },
      { patienceMs: 5 },
    );

    const stuck = submit(1);
    await started;
    const next = submit(2);
    await second.promise;

    expect(batches).to.deep.equal([[1], [2]]);
    release();
    expect(await Promise.all([stuck, next])).to.deep.equal([10, 20]);
  });

  it('lets what is idle go along with what is not, or wait for other idle ones', async () => {
    const { batches, work, release } = recorder();
    release();
    const { submit } = takeWhatArrived(work, { urgencyOf: (item) => (item > 10 ? 'idle' : 'now') });

    const idle = [submit(11)];
    await setImmediate();
    await submit(1);
    expect(batches).to.deep.equal([[11, 1]]);
    idle.push(submit(12));
    await setImmediate();
    idle.push(submit(13));
    await Promise.all(idle);
    expect(batches).to.deep.equal([
      [11, 1],
      [12, 13],
    ]);
  });

  it('lets a batch fail together where it is said to', async () => {
    const { batches, work, release } = recorder((item) => item === 3);
    const { submit } = takeWhatArrived(work, { failsTogether: true });

    const all = [1, 2, 3].map((item) => submit(item));
    release();
    const outcomes = await Promise.allSettled(all);

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(batches).to.deep.equal([[1, 2, 3]]);
  });
});

/** Work that waits for its release, so that items can arrive meanwhile. */
function recorder(isBad: (item: number) => boolean = () => false) {
  const batches: number[][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const start = Promise.withResolvers<void>();
  const work = async (items: readonly number[]) => {
    batches.push([...items]);
    start.resolve();
    await promise;
    if (items.some(isBad)) throw new Error('bad item');
    return items.map((item) => item * 10);
  };
  return { batches, work, started: start.promise, release: resolve };
}
