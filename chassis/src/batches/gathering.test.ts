import { expect } from 'chai';
import { Gathering } from './gathering.ts';

const never = Number.POSITIVE_INFINITY;
const options = { maxBatch: 3, gatherMs: 200, dutyCycle: 0.1 };

describe('a gathering', () => {
  it('is never due while it is empty', () => {
    expect(new Gathering(options).dueAt).to.equal(never);
  });

  it('is due at once with something that may not wait, whatever the duty cycle says', () => {
    const gathering = new Gathering<string>(options);
    gathering.worked(990, 999);
    gathering.add('paced', 'paced', 1_000);
    expect(gathering.dueAt).to.equal(1_080);
    gathering.add('urgent', 'now', 1_000);
    expect(gathering.dueAt).to.be.at.most(1_000);
    expect(gathering.take()).to.deep.equal(['paced', 'urgent']);
  });

  it('is due when the first of those that may wait has waited', () => {
    const gathering = new Gathering<string>(options);
    gathering.add('one', 'idle', 1_000);
    gathering.add('two', 'idle', 1_100);
    expect(gathering.dueAt).to.equal(1_200);
    expect(gathering.take()).to.deep.equal(['one', 'two']);
    expect(gathering.dueAt).to.equal(never);
  });

  it('lets those that may wait go along with one that may not, in the order of arrival', () => {
    const gathering = new Gathering<string>(options);
    gathering.add('patient', 'idle', 1_000);
    gathering.add('urgent', 'now', 1_010);
    expect(gathering.dueAt).to.be.at.most(1_010);
    expect(gathering.take()).to.deep.equal(['patient', 'urgent']);
    gathering.add('next', 'idle', 1_020);
    expect(gathering.dueAt).to.equal(1_220);
  });

  it('is due at once when a batch is full, and with what a batch did not hold', () => {
    const gathering = new Gathering<number>(options);
    for (const item of [1, 2, 3, 4]) gathering.add(item, 'idle', 1_000);
    expect(gathering.dueAt).to.be.at.most(1_000);
    expect(gathering.take()).to.deep.equal([1, 2, 3]);
    expect(gathering.dueAt).to.be.at.most(1_000);
    expect(gathering.take()).to.deep.equal([4]);
    expect(gathering.dueAt).to.equal(never);
  });

  it('heeds the duty cycle with what is paced, unless a batch is full', () => {
    const gathering = new Gathering<number>(options);
    gathering.worked(1_000, 1_005);
    gathering.add(1, 'paced', 1_010);
    expect(gathering.dueAt).to.equal(1_050);
    for (const item of [2, 3]) gathering.add(item, 'paced', 1_020);
    expect(gathering.dueAt).to.be.at.most(1_020);
  });

  it('is due at once with what is paced where there is no duty cycle', () => {
    const gathering = new Gathering<string>({ maxBatch: 3, gatherMs: 200 });
    gathering.worked(1_000, 1_005);
    gathering.add('paced', 'paced', 1_010);
    expect(gathering.dueAt).to.be.at.most(1_010);
  });

  it('lets nothing wait longer for its duty cycle than what may wait', () => {
    const gathering = new Gathering<string>({ ...options, gatherMs: 20 });
    gathering.worked(1_000, 1_010);
    gathering.add('patient', 'idle', 1_015);
    gathering.add('paced', 'paced', 1_020);
    expect(gathering.dueAt).to.equal(1_035);
  });

  it('gives all back, and is empty then', () => {
    const gathering = new Gathering<number>(options);
    for (const item of [1, 2, 3, 4]) gathering.add(item, item > 2 ? 'idle' : 'now', 1_000);
    expect(gathering.takeAll()).to.deep.equal([1, 2, 3, 4]);
    expect(gathering.dueAt).to.equal(never);
  });
});
