import { expect } from 'chai';
import { defaultLimits } from './limits.ts';
import { planReads, tellsOfBacklog } from './plan-reads.ts';

const limits = { batchSize: 500, waitingLimit: 100, pollMs: 250, crowdedPollMs: 50 };
const calm = { room: 1_000, waiting: 0, backlogInMs: 0, isCrowded: false };

describe('tellsOfBacklog', () => {
  it('needs a full batch and a first row that has waited for long', () => {
    expect(tellsOfBacklog({ isFull: true, oldestAgeMs: 60_000 }, defaultLimits)).to.equal(true);
    expect(tellsOfBacklog({ isFull: false, oldestAgeMs: 3_600_000 }, defaultLimits)).to.equal(false);
    expect(tellsOfBacklog({ isFull: true, oldestAgeMs: 59_999 }, defaultLimits)).to.equal(false);
  });
});

describe('planReads', () => {
  it('reads both, within batch and room', () => {
    expect(planReads(calm, limits)).to.deep.equal({ fresh: 500, backlog: 500, againInMs: 0 });
    expect(planReads({ ...calm, room: 20 }, limits)).to.include({ fresh: 20, backlog: 20 });
  });

  it('leaves the backlog alone until its pace allows, and looks again then', () => {
    expect(planReads({ ...calm, backlogInMs: 40 }, limits)).to.deep.equal({ fresh: 500, backlog: 0, againInMs: 40 });
    expect(planReads({ ...calm, backlogInMs: 4_000 }, limits).againInMs).to.equal(250);
  });

  it('leaves the backlog alone while consumers are crowded, never what is fresh', () => {
    expect(planReads({ ...calm, isCrowded: true }, limits)).to.deep.equal({ fresh: 500, backlog: 0, againInMs: 50 });
  });

  it('reads nothing fresh while too much of it waits', () => {
    expect(planReads({ ...calm, waiting: 100 }, limits)).to.include({ fresh: 0, backlog: 500 });
    expect(planReads({ ...calm, waiting: 99 }, limits)).to.include({ fresh: 500 });
  });
});
