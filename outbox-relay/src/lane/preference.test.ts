import { expect } from 'chai';
import { producers } from '../producers.ts';
import { preferredRelay } from './preference.ts';

const relays = ['outbox-relay@a#1', 'outbox-relay@b#2', 'outbox-relay@c#3'];
const databases = [...producers.keys()];

describe('the preferred relay', () => {
  it('is the same whoever asks', () => {
    for (const database of databases) {
      expect(preferredRelay(database, relays)).to.equal(preferredRelay(database, relays.toReversed()));
    }
  });

  it('changes only for what the one that left had', () => {
    const left = relays.slice(1);
    for (const database of databases) {
      const before = preferredRelay(database, relays);
      if (before !== relays[0]) expect(preferredRelay(database, left)).to.equal(before);
    }
  });

  it('spreads many databases over all relays', () => {
    const counts = new Map<string | undefined, number>();
    for (let n = 0; n < 300; n += 1) {
      const relay = preferredRelay(`database-${n}`, relays);
      counts.set(relay, (counts.get(relay) ?? 0) + 1);
    }
    for (const relay of relays) expect(counts.get(relay)).to.be.within(60, 140);
  });

  it('is nobody when there is none', () => {
    expect(preferredRelay('orders_db', [])).to.equal(undefined);
  });
});
