import { expect } from 'chai';
import { Trouble } from '../os/tell.ts';
import { readScale } from './scale.ts';

describe('SCALE', () => {
  it('names how many instances of which service run', () => {
    expect(readScale('')).to.deep.equal([]);
    expect(readScale(' gateway=2, order-service=12 ')).to.deep.equal([
      '--scale',
      'gateway=2',
      '--scale',
      'order-service=12',
    ]);
  });

  it('refuses what is no number of instances, and what is no process of ours', () => {
    for (const text of ['gateway', 'gateway=0', 'gateway=-1', 'gateway=100', 'gateway=2 --volumes', 'postgres=2']) {
      expect(() => readScale(text), text).to.throw(Trouble);
    }
  });
});
