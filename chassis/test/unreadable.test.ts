import { connect } from 'node:net';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { expect } from 'chai';

describe('what cannot be read as a request', () => {
  const handled: string[] = [];
  const server = httpServerPart(
    (request, response) => {
      handled.push(request.url ?? '');
      request.resume().once('end', () => response.end('ok'));
    },
    { host: '127.0.0.1', port: 0, headersTimeoutMs: 200, requestTimeoutMs: 400 },
  );

  before(() => server.start());
  after(() => server.stop());

  const cases: readonly (readonly [string, string, number, string])[] = [
    ['a line of something else', 'HELLO\r\n\r\n', 400, 'request.malformed'],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: a\r\n: x\r\n\r\n', 400, 'request.malformed'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'request.malformed',
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'request.malformed',
    ],
    [
      'too many headers',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'request.headers_too_large',
    ],
    ['headers that do not end', 'GET / HTTP/1.1\r\nhost: a\r\n', 408, 'request.timeout'],
    ['a body that does not end', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabc', 408, 'request.timeout'],
  ];
  for (const [name, text, status, code] of cases) {
    it(`is answered with a problem and its connection closed: ${name}`, async () => {
      const answer = await exchange(server.port(), text);
      expect(answer.split('\r\n')[0]).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).to.match(/content-type: application\/problem\+json/);
      const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
      expect([problem.status, problem.code]).to.deep.equal([status, code]);
    });
  }

  it('leaves the others alone', async () => {
    expect(await (await fetch(`http://127.0.0.1:${server.port()}/fine`)).text()).to.equal('ok');
    expect(handled.filter((url) => url === '/fine')).to.have.lengthOf(1);
  });
});

/** Writes the text and resolves with all that comes until the server closes the connection. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').write(text);
  let answer = '';
  socket.setTimeout(10_000, () => socket.destroy(new Error('the connection stays open')));
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (part) => {
      answer += part;
    });
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
  return answer;
}
