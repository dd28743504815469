import { expect } from 'chai';
import { summariseScenarios } from './scenario-reports.ts';

describe('the summary of make chaos', () => {
  const report = {
    scenario: 'one',
    orders: 5,
    ends: { confirmed: 3, rejected: 1, pending: 1 },
    seconds: 4.2,
    clean: true,
  };
  const passing = { kind: 'faults' as const, title: 'one.test.ts', files: 1, passed: 2, failures: [], ms: 1 };

  it('has a row for each scenario, with the orders that ended in no legal end apart', () => {
    const line = summariseScenarios([report], [passing], { seed: 7 }).split('\n')[2];
    expect(line?.split(/\s+/)).to.deep.equal(['one', '5', '3', '1', '0', '1', '4', 'clean']);
  });

  it('names the failures, the seed and the counts', () => {
    const failing = { ...passing, failures: [{ title: 'it broke', detail: '' }] };
    const text = summariseScenarios([{ ...report, clean: false }], [failing], { seed: 7 });
    expect(text).to.contain('NOT CLEAN').and.to.contain('✖ it broke').and.to.contain('SEED=7');
    expect(text.split('\n').at(-1)).to.equal('2 passed, 1 failed');
  });
});
