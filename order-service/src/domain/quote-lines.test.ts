import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { expect } from 'chai';
import { type Quote, quoteLines, type WantedItem } from './quote-lines.ts';

describe('quoting an order', () => {
  it('prices each line in cents and keeps the product as it is now', () => {
    const order = quote([{ productId: 1, quantity: 3 }], [aQuote({ priceCents: 1999 })]);
    expect(order).to.deep.equal({
      lines: [{ productId: 1, productName: 'Lamp', sku: 'L-1', quantity: 3, unitPriceCents: 1999, totalCents: 5997 }],
      totalCents: 5997,
      currency: 'EUR',
    });
  });

  it('counts the same product on two lines together', () => {
    const wanted = [
      { productId: 1, quantity: 3 },
      { productId: 1, quantity: 3 },
    ];
    expect(quote(wanted, [aQuote({ available: 6 })]).lines).to.have.lengthOf(2);
    expect(refusal(wanted, [aQuote({ available: 5 })]).code).to.equal('order.out_of_stock');
  });

  it('names the lines whose product is unknown or not for sale', () => {
    const wanted = [1, 2, 3].map((productId) => ({ productId, quantity: 1 }));
    const error = refusal(wanted, [aQuote(), aQuote({ productId: 3, active: false })]);
    expect(error.code).to.equal('order.product_unknown');
    expect(error.errors.map(({ pointer }) => pointer)).to.deep.equal(['/items/1/product_id', '/items/2/product_id']);
  });

  it('refuses a total that the customer did not expect', () => {
    const wanted = [{ productId: 1, quantity: 1 }];
    expect(quote(wanted, [aQuote()], 1000).totalCents).to.equal(1000);
    const error = refusal(wanted, [aQuote()], 999);
    expect([error.code, error.extensions.total_amount]).to.deep.equal(['order.price_changed', 10]);
  });

  it('refuses two currencies, and a total that the column cannot hold', () => {
    const two = [1, 2].map((productId) => ({ productId, quantity: 1 }));
    expect(refusal(two, [aQuote(), aQuote({ productId: 2, currency: 'USD' })]).code).to.equal('order.currency_mixed');
    const dear = aQuote({ priceCents: 9_999_999_999, available: 10 });
    expect(refusal([{ productId: 1, quantity: 2 }], [dear]).code).to.equal('order.total_too_large');
  });
});

function aQuote(overrides: Partial<Quote> = {}): Quote {
  return {
    productId: 1,
    name: 'Lamp',
    sku: 'L-1',
    priceCents: 1000,
    currency: 'EUR',
    available: 10,
    active: true,
    ...overrides,
  };
}

function quote(wanted: readonly WantedItem[], quotes: readonly Quote[], expected?: number) {
  return quoteLines(wanted, new Map(quotes.map((entry) => [entry.productId, entry])), expected);
}

function refusal(wanted: readonly WantedItem[], quotes: readonly Quote[], expected?: number): DomainError {
  try {
    quote(wanted, quotes, expected);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('not refused');
}
