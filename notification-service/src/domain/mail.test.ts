import { expect } from 'chai';
import { type MailedOrder, orderMail, welcomeMail } from './mail.ts';

describe('mails', () => {
  it('G6: say nothing of an order before it is confirmed or ended', () => {
    for (const status of ['pending', 'cancelling', 'processing', 'delivered']) {
      expect(orderMail('Ada', anOrder({ status })), status).to.equal(undefined);
    }
  });

  it('tell of confirmation with the lines and the total', () => {
    const mail = orderMail('Ada', anOrder());
    expect(mail?.subject).to.equal('Your order 7 is confirmed');
    expect(mail?.text).to.contain('2 × Lamp: 20.00 EUR').and.to.contain('Total: 20.00 EUR');
  });

  it('tell why an order was rejected in words, not in codes', () => {
    const text = (reason: string | null) => orderMail('Ada', anOrder({ status: 'rejected', reason }))?.text;
    expect(text('stock.insufficient')).to.contain('not enough in stock').and.not.to.contain('stock.insufficient');
    expect(text('payment.declined')).to.contain('payment was refused');
    expect(text(null)).to.contain('could not be completed.');
  });

  it('let nobody write HTML by his name', () => {
    const { html, text } = welcomeMail('<img src=x onerror="alert(1)">');
    expect(html).not.to.contain('<img');
    expect(text).to.contain('<img');
  });
});

function anOrder(overrides: Partial<MailedOrder> = {}): MailedOrder {
  return {
    orderId: 7,
    status: 'confirmed',
    previousStatus: 'pending',
    reason: null,
    total: '20.00 EUR',
    lines: [{ name: 'Lamp', quantity: 2, total: '20.00 EUR' }],
    trackingNumber: null,
    ...overrides,
  };
}
