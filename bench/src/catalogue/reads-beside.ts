import { setTimeout as delay } from 'node:timers/promises';
import type { HttpClient } from '../orders/http-client.ts';
import { get, timed } from './measure.ts';

const pauseMs = 20;
const paths = ['/products/1', '/products?sort=price', '/products/search?q=steel+lamp', '/products/search?q=lam'];

/** Reads like one customer in a hurry until the work is done, each read after the one before. Gives what each took, in milliseconds. */
export async function readBeside<T>(
  client: HttpClient,
  work: Promise<T>,
): Promise<{ readonly done: T; readonly times: readonly number[] }> {
  const times: number[] = [];
  let isOver = false;
  const finish = async () => {
    try {
      return await work;
    } finally {
      isOver = true;
    }
  };
  const read = async () => {
    for (let n = 0; !isOver; n += 1) {
      times.push(await timed(() => get(client, paths[n % paths.length] ?? '')));
      await delay(pauseMs);
    }
  };
  const [done] = await Promise.all([finish(), read()]);
  return { done, times };
}
