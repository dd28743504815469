// Listens on the ports that FORWARD names (port=host, comma separated). A service that runs more than once cannot
// publish a port of the host itself: the second instance would find it taken.
import { resolve4 } from 'node:dns/promises';
import { forwarder } from './forwarder.ts';

const entries = (process.env.FORWARD ?? '').split(',').map((entry) => {
  const [port, host = ''] = entry.split('=');
  return { port: Number(port), host };
});

for (const { port, host } of entries) {
  forwarder({ port, addresses: () => resolve4(host) }).listen(port, '0.0.0.0');
}
console.log(`forwarding ${entries.map(({ port, host }) => `${port} to ${host}`).join(', ')}`);

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
