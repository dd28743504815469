import { expect } from 'chai';
import { createVocabulary, seeded } from './vocabulary.ts';

describe('the vocabulary of generated products', () => {
  it('is the same at each call, and of different sentences', () => {
    const { sentences, brands } = createVocabulary();
    expect(createVocabulary()).to.deep.equal({ ...createVocabulary(), sentences, brands });
    expect(new Set(sentences).size).to.be.greaterThan(2_900);
  });

  it('comes from numbers between 0 and 1 that the seed decides', () => {
    const [one, other] = [seeded(1), seeded(1)];
    const numbers = Array.from({ length: 1_000 }, one);
    expect(Array.from({ length: 1_000 }, other)).to.deep.equal(numbers);
    expect(numbers.every((number) => number >= 0 && number < 1)).to.equal(true);
    expect(seeded(2)()).not.to.equal(numbers[0]);
  });
});
