import { expect } from 'chai';
import { MemoryStore, type Options } from 'express-rate-limit';
import { FallbackStore } from './fallback-store.ts';

describe('a store that falls back', () => {
  it('counts here while the shared one fails, there again afterwards, and says which each time', async () => {
    const said: string[] = [];
    let isAway = false;
    const shared = new MemoryStore();
    const store = new FallbackStore({
      prefix: 'limit:test:',
      shared: {
        increment: async (key) => {
          if (isAway) throw new Error('away');
          return shared.increment(key);
        },
        decrement: (key) => shared.decrement(key),
        resetKey: (key) => shared.resetKey(key),
      },
      local: new MemoryStore(),
      redisUse: { failed: () => said.push('failed'), succeeded: () => said.push('succeeded') },
    });
    const options = { windowMs: 60_000 } as Options;
    shared.init(options);
    await store.init(options);

    const counts: number[] = [];
    for (const away of [false, false, true, false]) {
      isAway = away;
      counts.push((await store.increment('somebody')).totalHits);
    }

    expect(counts).to.deep.equal([1, 2, 1, 3]);
    expect(said).to.deep.equal(['succeeded', 'succeeded', 'failed', 'succeeded']);
  });
});
