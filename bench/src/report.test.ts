import { expect } from 'chai';
import { renderTable, report } from './report.ts';

describe('report', () => {
  it('puts a figure beside its reference', () => {
    const text = report({
      relay: {
        figures: [
          { what: 'relay', unit: 'events/s', samples: [12_000, 10_000, 11_000], reference: 'bare loop' },
          { what: 'bare loop', unit: 'events/s', samples: [10_000] },
        ],
      },
    });
    expect(text).to.match(/relay +relay +11,000 +10,000 – 12,000 +events\/s +1\.10 × bare loop/);
    expect(text).to.match(/relay +bare loop +10,000 +events\/s$/m);
  });

  it('aligns what it shows', () => {
    const text = renderTable({
      title: 'T',
      head: ['hop', 'ms'],
      rows: [
        ['a', 1],
        ['long', 100],
      ],
    });
    expect(text.split('\n').slice(2)).to.deep.equal(['hop     ms', '----  ----', 'a     1.00', 'long   100']);
  });
});
