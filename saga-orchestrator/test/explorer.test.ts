import { expect } from 'chai';
import { everything, explore } from '../test-kit/explorer/explore.ts';
import { timeoutIsDecline } from '../test-kit/explorer/planted-faults.ts';

describe('every way an order can go, operators included', () => {
  it('ends legally', function () {
    this.timeout(120_000);
    const startedAt = performance.now();
    const { states, moves, ends, breaches } = explore(everything);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(`${states} states, ${moves} moves, ${ends.size} different ends, ${seconds} s`);
    expect([...breaches]).to.deep.equal([]);
    expect(states).to.be.greaterThan(40_000);
  });

  it('tells the shortest way to a breach as a conversation: a charge that timed out is taken for a decline', () => {
    const { breaches } = explore({ ...everything, faults: false, operator: false, advance: timeoutIsDecline });
    const breach = 'the order is rejected, but its payment is held';
    say(`${breach}:\n${breaches.get(breach)}`);
    expect(breaches.get(breach)).to.contain('the bank approves the charge');
  });
});

function say(text: string): void {
  process.stdout.write(`      ${text.replaceAll('\n', '\n      ')}\n`);
}
