import { mock } from 'node:test';
import { expect } from 'chai';
import { Acknowledgements } from './acknowledgements.ts';
import type { Delivery } from './subscription.ts';

describe('acknowledgements', () => {
  const sent: string[][] = [];
  const acknowledge = (deliveries: readonly Delivery[]) => void sent.push(deliveries.map((each) => String(each)));
  const deliveries = (...names: string[]) => names as unknown as Delivery[];
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    sent.length = 0;
  });
  afterEach(() => mock.timers.reset());

  it('go together, in the order of settling, a tenth of a second after the first of them', () => {
    const acknowledgements = new Acknowledgements({ acknowledge }, 50);
    acknowledgements.add(deliveries('a', 'b'));
    mock.timers.tick(60);
    acknowledgements.add(deliveries('c'));
    mock.timers.tick(39);
    expect(sent).to.deep.equal([]);
    mock.timers.tick(1);
    expect(sent).to.deep.equal([['a', 'b', 'c']]);
    mock.timers.tick(1_000);
    expect(sent).to.have.length(1);
  });

  it('go at once when as many wait as may, and when they are asked for', () => {
    const acknowledgements = new Acknowledgements({ acknowledge }, 3);
    acknowledgements.add(deliveries('a', 'b'));
    acknowledgements.add(deliveries('c'));
    expect(sent).to.deep.equal([['a', 'b', 'c']]);
    acknowledgements.add(deliveries('d'));
    acknowledgements.send();
    acknowledgements.send();
    mock.timers.tick(1_000);
    expect(sent).to.deep.equal([['a', 'b', 'c'], ['d']]);
  });
});
