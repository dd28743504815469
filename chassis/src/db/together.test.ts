import { expect } from 'chai';
import type { Trx } from './database.ts';
import { together } from './together.ts';

describe('asking together', () => {
  it('asks once for all who ask side by side, and gives each its own result', async () => {
    const { ask, asked } = recorder();
    const double = together(ask);
    const trx = transaction();

    expect(await Promise.all([1, 2, 3].map((item) => double(trx, item)))).to.deep.equal([2, 4, 6]);
    expect(await double(trx, 4)).to.equal(8);
    expect(asked).to.deep.equal([[1, 2, 3], [4]]);
  });

  it('asks those who come again side by side once more', async () => {
    const { ask, asked } = recorder();
    const double = together(ask);
    const trx = transaction();

    const twice = async (item: number) => double(trx, await double(trx, item));

    expect(await Promise.all([1, 2].map(twice))).to.deep.equal([4, 8]);
    expect(asked).to.deep.equal([
      [1, 2],
      [2, 4],
    ]);
  });

  it('keeps transactions apart', async () => {
    const { ask, asked } = recorder();
    const double = together(ask);

    await Promise.all([double(transaction(), 1), double(transaction(), 2)]);

    expect(asked).to.deep.equal([[1], [2]]);
  });

  it('asks a second time, and afterwards, for a key that comes twice', async () => {
    const { ask, asked } = recorder();
    const double = together(ask, (item) => item);
    const trx = transaction();

    expect(await Promise.all([5, 6, 5].map((item) => double(trx, item)))).to.deep.equal([10, 12, 10]);
    expect(asked).to.deep.equal([[5, 6], [5]]);
  });

  it('fails for all when the question fails', async () => {
    const double = together(async () => {
      throw new Error('no answer');
    });
    const trx = transaction();

    const outcomes = await Promise.allSettled([double(trx, 1), double(trx, 2)]);

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });
});

function transaction(): Trx {
  return {} as Trx;
}

function recorder() {
  const asked: number[][] = [];
  const ask = async (_trx: Trx, items: readonly number[]) => {
    asked.push([...items]);
    return items.map((item) => item * 2);
  };
  return { ask, asked };
}
