import { expect } from 'chai';
import { readLines } from './read-lines.ts';

describe('lines of an import', () => {
  it('are read from CSV however it is cut, with quotes, line breaks in cells and a byte order mark', async () => {
    const text =
      '\uFEFFsku,name,price,category,stock_quantity,is_active\r\nA,"Lamp, ""big""\nand red",1.50,Light,3,false\r\nB,Pot,2,,,\r\n';
    for (const size of [1, 7, 1_000]) {
      expect(await read('csv', text, size)).to.deep.equal([
        {
          line: 3,
          product: {
            sku: 'A',
            name: 'Lamp, "big"\nand red',
            price: 1.5,
            category: 'Light',
            stock_quantity: 3,
            is_active: false,
          },
        },
        { line: 4, product: { sku: 'B', name: 'Pot', price: 2 } },
      ]);
    }
  });

  it('are read from JSON lines however they are cut', async () => {
    const text = '{"sku":"A","name":"Läm","price":1.5}\n\n{"sku":"B","name":"P","price":2,"description":null}';
    for (const size of [1, 5, 1_000]) {
      expect(await read('jsonl', text, size)).to.deep.equal([
        { line: 1, product: { sku: 'A', name: 'Läm', price: 1.5 } },
        { line: 3, product: { sku: 'B', name: 'P', price: 2, description: null } },
      ]);
    }
  });

  it('say which line is bad, in which field and why, and the others are read all the same', async () => {
    const csv = 'sku,name,price\nA,Lamp\nB,Lamp,1.005\nC,,1\nD,Lamp,free\nE,Lamp,1,more\nF,Lamp,1\n';
    expect((await read('csv', csv)).map(inShort)).to.deep.equal([
      '2  columns',
      '3 price multipleOf',
      '4 name required',
      '5 price type',
      '6  columns',
      'F',
    ]);
    const long = `{"sku":"${'x'.repeat(70_000)}"}`;
    const jsonl = [
      'nonsense',
      '[]',
      'null',
      '{"sku":"A","name":"x","price":"1"}',
      '{"sku":"A","name":"x","price":1,"version":7}',
      long,
      '{"sku":"B","name":"x\\u0000","price":1}',
      '{"sku":"C","name":"x","price":1}',
    ];
    for (const size of [1_000, 1_000_000]) {
      expect((await read('jsonl', jsonl.join('\n'), size)).map(inShort)).to.deep.equal([
        '1  malformed',
        '2  type',
        '3  type',
        '4 price type',
        '5 version unknown',
        '6  too_long',
        '7 name malformed',
        'C',
      ]);
    }
  });

  it('are none of a file without the header it needs, or with a quote that never ends', async () => {
    for (const [text, why] of [
      ['sku,name,colour\n', 'unknown columns: colour'],
      ['sku,name\n', 'lacks the columns: price'],
      ['sku,name,price\nA,"Lamp,1\n', 'Quote'],
    ] as const) {
      const failure = await read('csv', text).catch((error: Error) => error);
      expect(failure).to.have.property('code', 'import.unreadable');
      expect(failure).to.be.instanceOf(Error).with.property('message').that.includes(why);
    }
  });

  async function read(format: 'csv' | 'jsonl', text: string, size = 1_000) {
    const bytes = Buffer.from(text);
    async function* chunks() {
      for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
    }
    return Array.fromAsync(readLines(format, chunks()));
  }

  function inShort(line: Awaited<ReturnType<typeof read>>[number]): string {
    return 'fault' in line ? `${line.fault.line} ${line.fault.field} ${line.fault.code}` : line.product.sku;
  }
});
