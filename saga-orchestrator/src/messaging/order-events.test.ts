import { expect } from 'chai';
import { orderEventsQueue, urgencyOfOrderEvent } from './order-events.ts';

describe('the events of orders', () => {
  it('begin sagas by a pace, and turn them back at once', () => {
    const keys = orderEventsQueue.bindings.flatMap(({ keys }) => keys);
    expect(Object.fromEntries(keys.map((key) => [key, urgencyOfOrderEvent(key)]))).to.deep.equal({
      'order.created': 'paced',
      'order.cancel_requested': 'now',
    });
  });
});
