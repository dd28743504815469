import { connect } from 'node:net';
import { type Account, setting } from '../e2e/shop.ts';

/** Sends a body as it is, whatever it says that it is. */
export async function raw(
  who: Account | undefined,
  method: string,
  path: string,
  text: string,
  type = 'application/json',
) {
  const answer = await fetch(`${setting('E2E_GATEWAY_URL')}${path}`, {
    method,
    headers: { 'content-type': type, ...(who ? { authorization: `Bearer ${who.token}` } : {}) },
    body: text,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** Writes the text to the gateway and resolves with all that comes until the connection is closed. */
export function exchange(text: string): Promise<string> {
  const { hostname, port } = new URL(setting('E2E_GATEWAY_URL'));
  const socket = connect(Number(port), hostname);
  socket.setTimeout(15_000, () => socket.destroy(new Error('the connection stays open')));
  socket.setEncoding('utf8').write(text);
  let answer = '';
  return new Promise((resolve, reject) => {
    socket.on('data', (part) => {
      answer += part;
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}
