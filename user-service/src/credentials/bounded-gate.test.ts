import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { expect } from 'chai';
import { createBoundedGate } from './bounded-gate.ts';

describe('a bounded gate', () => {
  it('lets so many work, so many wait in the order of arrival, and refuses the rest at once', async () => {
    const gate = createBoundedGate({ atOnce: 2, waiting: 2 });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = (name: number) =>
      gate.run(() => {
        begun.push(name);
        return new Promise<number>((resolve) => ends.push(() => resolve(name)));
      });

    const served = [work(1), work(2), work(3), work(4)];
    const refused = await work(5).catch((error: unknown) => error);

    expect(refused).to.be.instanceOf(DomainError).and.to.include({ code: 'service.unavailable', retryAfterSeconds: 1 });
    expect([begun, gate.waiting()]).to.deep.equal([[1, 2], 2]);
    for (let step = 0; step < 4; step += 1) {
      ends[step]?.();
      await served[step];
      await Promise.resolve();
    }
    expect(await Promise.all(served)).to.deep.equal([1, 2, 3, 4]);
    expect([begun, gate.waiting()]).to.deep.equal([[1, 2, 3, 4], 0]);
  });

  it('frees a place that ended badly', async () => {
    const gate = createBoundedGate({ atOnce: 1, waiting: 0 });
    const failed = await gate.run(() => Promise.reject(new Error('no'))).catch((error: Error) => error.message);
    expect([failed, await gate.run(async () => 'yes')]).to.deep.equal(['no', 'yes']);
  });
});
