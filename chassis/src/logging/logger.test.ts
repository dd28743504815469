import { expect } from 'chai';
import { createLogger } from './logger.ts';

describe('logger', () => {
  it('writes one JSON line with its facts', () => {
    const [line] = linesOf((logger) => logger.info('order placed', { order_id: 7 }));
    expect(line).to.include({ message: 'order placed', level: 'info', service: 'test', order_id: 7 });
    expect(line?.ts).to.match(/^\d{4}-\d\d-\d\dT/);
  });

  it('masks what must not be read, however deep', () => {
    const [line] = linesOf((logger) =>
      logger.warn('request', {
        password: 'hunter2',
        headers: { authorization: 'Bearer abc', cookie: 'sid=1', accept: 'json' },
        url: 'postgres://user:hunter2@localhost/db',
        error: new Error('cannot connect to amqp://shop:hunter2@localhost'),
      }),
    );
    expect(JSON.stringify(line)).not.to.match(/hunter2|Bearer abc|sid=1/);
    expect(line?.headers).to.include({ accept: 'json' });
    expect(line?.url).to.equal('postgres://user:***@localhost/db');
  });

  it('writes a number that JSON has no room for as a text', () => {
    const [line] = linesOf((logger) => logger.info('counted', { count: 2n ** 64n }));
    expect(line).to.include({ count: '18446744073709551616' });
  });

  it('survives a fact that contains itself', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle.self = circle;
    expect(linesOf((logger) => logger.info('circle', { circle }))).to.have.lengthOf(1);
  });
});

interface Line {
  readonly ts: string;
  readonly headers: object;
  readonly url: string;
}

/** What a logger writes to standard output, parsed. */
function linesOf(work: (logger: ReturnType<typeof createLogger>) => void): Line[] {
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string) => written.push(text) > 0) as typeof process.stdout.write;
  try {
    work(createLogger({ service: 'test', level: 'info' }));
  } finally {
    process.stdout.write = write;
  }
  return written
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
