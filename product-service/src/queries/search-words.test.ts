import { expect } from 'chai';
import { withoutRepetition } from './search-words.ts';

describe('search words', () => {
  it('leave out alternatives that the beginning of a word finds anyway, once', () => {
    expect(withoutRepetition("'wardrob' | 'wardrob':* | 'wardrobe':*")).to.equal("'wardrob':*");
    expect(withoutRepetition("'lamp':* | 'lamp':*")).to.equal("'lamp':*");
    expect(withoutRepetition("'kitchen' | 'kitchen':* | 'category1'")).to.equal("'kitchen':* | 'category1'");
    expect(withoutRepetition("'lamp' | 'pot'")).to.equal("'lamp' | 'pot'");
  });

  it('leave queries as they are that are more than alternatives', () => {
    const queries = ["'red' & 'lamp' | 'red' & 'lamp':*", "!'lamp' | 'lamp':*", "'it''s' | 'it':*", ''];
    for (const query of queries) expect(withoutRepetition(query)).to.equal(query);
  });
});
