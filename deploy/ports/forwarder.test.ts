import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { forwarder } from './forwarder.ts';

describe('the forwarder of the ports', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  it('hands connections to the instances in turn, whatever order the name server has', async () => {
    const port = await instances('127.0.0.1', '127.0.0.2', '127.0.0.3');
    let asked = 0;
    const orders = [
      ['127.0.0.3', '127.0.0.1', '127.0.0.2'],
      ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    ];
    const front = await forwarding(port, () => orders[asked++ % 2] as string[]);

    const answers: string[] = [];
    while (answers.length < 6) answers.push(await say(front, 'hello'));

    expect(answers.map((answer) => answer.split(' ')[0])).to.deep.equal([
      '127.0.0.1',
      '127.0.0.2',
      '127.0.0.3',
      '127.0.0.1',
      '127.0.0.2',
      '127.0.0.3',
    ]);
  });

  it('passes over an instance that does not take the connection', async () => {
    const port = await instances('127.0.0.2');
    const front = await forwarding(port, () => ['127.0.0.1', '127.0.0.2']);

    expect([await say(front, 'a'), await say(front, 'b')]).to.deep.equal(['127.0.0.2 a', '127.0.0.2 b']);
  });

  it('hands on every byte in both directions to a client that has ended its half', async () => {
    const port = await instances('127.0.0.1');
    const front = await forwarding(port, () => ['127.0.0.1']);
    const text = 'x'.repeat(5_000_000);

    expect(await say(front, text)).to.equal(`127.0.0.1 ${text}`);
  });

  it('closes a connection that no instance takes, and goes on', async () => {
    const port = await instances('127.0.0.1');
    let there: string[] = ['127.0.0.9'];
    const front = await forwarding(port, () => there);

    expect(await say(front, 'nobody')).to.equal('');
    there = [];
    expect(await say(front, 'nobody')).to.equal('');
    there = ['127.0.0.1'];
    expect(await say(front, 'somebody')).to.equal('127.0.0.1 somebody');
  });

  it('closes a connection while the name cannot be resolved', async () => {
    const front = await listen(forwarder({ port: 1, addresses: () => Promise.reject(new Error('ENOTFOUND')) }));

    expect(await say(front, 'hello')).to.equal('');
  });

  /** Servers on one port of several addresses that answer who they are and what they have heard. */
  async function instances(...addresses: string[]): Promise<number> {
    let port = 0;
    for (const address of addresses) {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const heard: Buffer[] = [];
        socket.on('data', (chunk) => heard.push(chunk));
        socket.on('end', () => socket.end(`${address} ${Buffer.concat(heard)}`));
      });
      port = await listen(server, address, port);
    }
    return port;
  }

  function forwarding(port: number, addresses: () => string[]): Promise<number> {
    return listen(forwarder({ port, addresses: async () => addresses() }));
  }

  async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<number> {
    server.listen(port, address);
    await once(server, 'listening');
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Says a text, ends its half and returns what came until the other has ended too. */
  async function say(port: number, text: string): Promise<string> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    socket.end(text);
    await once(socket, 'close');
    return Buffer.concat(heard).toString();
  }
});
