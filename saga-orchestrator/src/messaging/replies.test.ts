import { expect } from 'chai';
import { catalogue } from '../sagas/catalogue.ts';
import { urgencyOfReplies } from './replies.ts';

describe('the replies that may wait', () => {
  const urgencyOf = urgencyOfReplies(catalogue);
  const mayWait = (type: string) => urgencyOf(type) === 'idle';

  it('tell of success once the order is confirmed', () => {
    const replies = [
      'place-order.confirm-order.done',
      'place-order.capture-payment.done',
      'place-order.commit-stock.done',
    ];
    expect(replies.filter(mayWait)).to.deep.equal(replies);
    expect(mayWait('place-free-order.confirm-order.done')).to.equal(true);
  });

  it('are none of those that a customer waits for', () => {
    const replies = [
      'place-order.reserve-stock.done',
      'place-order.charge-payment.done',
      'place-order.confirm-order.refused',
      'place-order.capture-payment.transient',
      'cancel-order.refund-payment.done',
      'cancel-order.end-order.done',
    ];
    expect(replies.filter(mayWait)).to.deep.equal([]);
  });
});
