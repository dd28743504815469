import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { httpServerPart } from '../src/http/server.ts';

describe('an HTTP server that stops', () => {
  it('answers what is in flight, then closes the connection although its client would keep it', async () => {
    let answer: ServerResponse | undefined;
    const server = httpServerPart(
      (_request, response) => {
        answer = response;
      },
      { host: '127.0.0.1', port: 0 },
    );
    await server.start();
    const client = await connected(server.port());
    const closed = once(client, 'close');
    client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n');
    while (!answer) await new Promise((resolve) => setImmediate(resolve));

    const stopped = server.stop();
    answer.end('still answered');

    let text = '';
    client.on('data', (bytes) => {
      text += bytes;
    });
    await Promise.all([stopped, closed]);
    expect(text).to.contain('still answered');
  });

  it('does not wait for somebody who connects and says nothing', async () => {
    const server = httpServerPart((_request, response) => void response.end(), { host: '127.0.0.1', port: 0 });
    await server.start();
    const silent = await connected(server.port());
    // Connections are accepted in their order: once this one is answered, so is the silent one.
    const other = await connected(server.port());
    const answered = once(other, 'close');
    other.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    await answered;

    await server.stop();

    silent.destroy();
  });
});

async function connected(port: number) {
  const client = connect(port, '127.0.0.1');
  client.resume();
  await once(client, 'connect');
  return client;
}
