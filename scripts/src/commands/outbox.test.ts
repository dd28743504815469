import { expect } from 'chai';
import { Trouble } from '../os/tell.ts';
import { outboxArguments } from './outbox.ts';

describe('make outbox', () => {
  it('shows the lanes when nothing is said', () => {
    expect(outboxArguments({ DB: '' })).to.deep.equal(['lanes']);
  });

  it('hands over what is said', () => {
    const said = { DO: 'drop', DB: 'orders_db', ID: '4,5', REASON: '--a test', BY: 'ann' };
    expect(outboxArguments(said)).to.deep.equal(['drop', 'orders_db', '4', '5', '--reason=--a test', '--by=ann']);
  });

  it('refuses ids of no database, which would be taken for one', () => {
    expect(() => outboxArguments({ DO: 'look', ID: '4' })).to.throw(Trouble, 'ID without DB');
  });
});
