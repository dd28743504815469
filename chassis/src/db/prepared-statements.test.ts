import { expect } from 'chai';
import { createStatementNames, plannedEachTime } from './prepared-statements.ts';

describe('names of statements', () => {
  it('are given to texts that come again, and stay', () => {
    const nameOf = createStatementNames();
    expect(nameOf('SELECT $1')).to.equal(undefined);
    const name = nameOf('SELECT $1');
    expect(name).to.be.a('string');
    expect(nameOf('SELECT $1')).to.equal(name);
  });

  it('differ from text to text', () => {
    const nameOf = createStatementNames();
    const names = ['SELECT $1', 'SELECT $2'].flatMap((text) => [nameOf(text), nameOf(text)]);
    expect(new Set(names.filter(Boolean)).size).to.equal(2);
  });

  it('are not given to what is to be planned each time', () => {
    const nameOf = createStatementNames();
    const text = `${plannedEachTime} SELECT $1`;
    expect([nameOf(text), nameOf(text), nameOf(text)]).to.deep.equal([undefined, undefined, undefined]);
  });

  it('have an end, however many texts there are', () => {
    const nameOf = createStatementNames(2);
    const texts = Array.from({ length: 50 }, (_none, index) => `SELECT ${index} + $1`);
    const names = [...texts, ...texts, ...texts].map(nameOf);
    expect(new Set(names.filter(Boolean)).size).to.equal(2);
  });
});
