import { expect } from 'chai';
import { DomainError } from '../errors/domain-error.ts';
import { classifyFault, PermanentError, TransientError, tellsOfDatabaseAway } from './faults.ts';

describe('faults', () => {
  const withCode = (code: string) => Object.assign(new Error('x'), { code });

  it('takes for permanent what the message itself is to blame for', () => {
    expect(classifyFault(new DomainError('order.unknown', 'x'))).to.equal('permanent');
    expect(classifyFault(new PermanentError('message.invalid', 'x'))).to.equal('permanent');
  });

  it('takes for transient what passes by itself', () => {
    expect(classifyFault(new TransientError('not yet'))).to.equal('transient');
    for (const state of ['40001', '40P01', '55P03', '57014', '08006', '53300', '57P01', '25P03']) {
      expect(classifyFault(withCode(state)), state).to.equal('transient');
    }
    for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN']) {
      expect(classifyFault(withCode(code)), code).to.equal('transient');
    }
    expect(classifyFault(new Error('Connection terminated unexpectedly'))).to.equal('transient');
  });

  it('takes for unforeseen everything else, whatever is thrown', () => {
    for (const thrown of [new TypeError('x'), withCode('23505'), withCode('42P01'), 'text', undefined, null, 7]) {
      expect(classifyFault(thrown)).to.equal('unforeseen');
    }
  });

  it('knows the errors that only an absent database has', () => {
    for (const state of ['57P01', '57P03', '08006', '53300'])
      expect(tellsOfDatabaseAway(withCode(state))).to.equal('yes');
    expect(tellsOfDatabaseAway(new Error('Connection terminated'))).to.equal('yes');
    expect(tellsOfDatabaseAway(withCode('ECONNREFUSED'))).to.equal('maybe');
    for (const other of [withCode('40001'), new TransientError('x'), undefined])
      expect(tellsOfDatabaseAway(other)).to.equal('no');
  });
});
