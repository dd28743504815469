// Ends with 0 when the process of this container says that it is ready, with 1 and the reason otherwise.
// node:http, not fetch: it is loaded in half the time, and this runs every few seconds.
import { get } from 'node:http';

const request = get(process.env.HEALTH_URL, { timeout: 10_000 }, (answer) => {
  answer.pipe(process.stdout);
  answer.on('end', () => process.exit(answer.statusCode === 200 ? 0 : 1));
});
request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
request.on('error', (error) => {
  console.log(error.message);
  process.exit(1);
});
