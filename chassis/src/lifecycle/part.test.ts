import { expect } from 'chai';
import { type Part, startInOrder, stopInReverse } from './part.ts';

describe('parts of a process', () => {
  let calls: string[] = [];
  beforeEach(() => {
    calls = [];
  });

  it('start in order and stop in reverse', async () => {
    const parts = [part('a'), part('b')];
    await startInOrder(parts);
    await stopInReverse(parts);
    expect(calls).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('are stopped again when one of them cannot start', async () => {
    const failed = await startInOrder([part('a'), part('b', 'start'), part('c')]).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('b cannot start');
    expect(calls).to.deep.equal(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('are all stopped though one of them cannot, and the first fault is told', async () => {
    const failed = await stopInReverse([part('a'), part('b', 'stop'), part('c')]).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.equal('b cannot stop');
    expect(calls).to.deep.equal(['stop c', 'stop b', 'stop a']);
  });

  function part(name: string, fails?: 'start' | 'stop'): Part {
    const step = (what: 'start' | 'stop') => async () => {
      calls.push(`${what} ${name}`);
      if (fails === what) throw new Error(`${name} cannot ${what}`);
    };
    return { name, start: step('start'), stop: step('stop') };
  }
});
