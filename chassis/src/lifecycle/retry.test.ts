import { expect } from 'chai';
import { backoffMs, untilItSucceeds } from './retry.ts';

describe('retry', () => {
  it('waits longer each time up to its cap, with jitter in the upper half', () => {
    const bounds = { minMs: 100, maxMs: 1_000 };
    const longest = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, bounds, () => 1));
    const shortest = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, bounds, () => 0));
    expect(longest).to.deep.equal([100, 200, 400, 800, 1_000, 1_000]);
    expect(shortest).to.deep.equal([50, 100, 200, 400, 500, 500]);
  });

  it('tries until it succeeds and tells of each failure', async () => {
    const failures: string[] = [];
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries < 3) throw new Error(`failure ${tries}`);
      return 'done';
    };
    const result = await untilItSucceeds(work, {
      minMs: 1,
      maxMs: 2,
      signal: new AbortController().signal,
      onFailure: (error) => failures.push((error as Error).message),
    });
    expect(result).to.equal('done');
    expect(failures).to.deep.equal(['failure 1', 'failure 2']);
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const work = untilItSucceeds(() => Promise.reject(new Error('never')), {
      minMs: 10_000,
      maxMs: 10_000,
      signal: stop.signal,
      onFailure: () => stop.abort(),
    });
    const name = await work.catch((error: Error) => error.name);
    expect(name).to.equal('AbortError');
  });
});
