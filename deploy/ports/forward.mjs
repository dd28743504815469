// Listens on the ports that FORWARD names (port=host, comma separated) and hands each connection to one of the
// addresses that the host's name has at that moment. A service that runs more than once cannot publish a port of
// the host itself: the second instance would find it taken.
import { resolve4 } from 'node:dns/promises';
import { connect, createServer } from 'node:net';

const forwards = (process.env.FORWARD ?? '').split(',').map((entry) => {
  const [port, host] = entry.split('=');
  return { port: Number(port), host };
});

const servers = forwards.map(({ port, host }) => {
  const server = createServer({ allowHalfOpen: true }, (client) => forward(client, host, port));
  return server.listen(port, '0.0.0.0');
});
console.log(`forwarding ${forwards.map(({ port, host }) => `${port} to ${host}`).join(', ')}`);

async function forward(client, host, port) {
  // Whoever gives up before there is an instance is nobody's fault.
  client.on('error', () => client.destroy());
  const addresses = await resolve4(host).catch(() => []);
  const address = addresses[Math.floor(Math.random() * addresses.length)];
  if (address === undefined || client.destroyed) return client.destroy();
  const instance = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  instance.on('error', () => client.destroy());
  instance.on('close', () => client.destroy());
  client.on('close', () => instance.destroy());
  client.pipe(instance).pipe(client);
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    for (const server of servers) server.close();
    process.exit(0);
  });
}
