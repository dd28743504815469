import { setTimeout as delay } from 'node:timers/promises';
import { type CpuTimes, cpuBetween, type Roots, readCpu } from '../cpu.ts';
import { atRate, type Rate } from './at-rate.ts';
import type { OrderEnds } from './ends.ts';
import { NotAcceptedError, type Shop } from './shop.ts';

/** One order as the customer sees it; milliseconds from sending the request. */
export interface OrderTimes {
  readonly orderId: number;
  readonly sentAtMs: number;
  readonly acceptedMs: number;
  readonly endedMs: number;
}

export interface Saturation {
  readonly endedPerSecond: number;
  /** Orders that the shop did not take, as it may do when it is overloaded. */
  readonly notAccepted: number;
  /** CPU milliseconds for each order that ended, by role. */
  readonly cpuMsPerOrder: CpuTimes;
}

export interface Steady {
  readonly orders: readonly OrderTimes[];
  readonly notAccepted: number;
  /** CPU milliseconds for each order that ended, by role; what the system uses in any case is in it. */
  readonly cpuMsPerOrder: CpuTimes;
}

export interface LoadOptions {
  readonly shop: Shop;
  readonly ends: OrderEnds;
  /** The payment token, and the status in which its orders have to end. */
  readonly payment: string;
  readonly end: string;
}

/** As many orders as keep that many unfinished, for that long; what ends in the measured time counts, after a warm-up. */
export async function saturate(
  options: LoadOptions,
  { unfinished, warmUpMs, measureMs, roots }: { unfinished: number; warmUpMs: number; measureMs: number; roots: Roots },
): Promise<Saturation> {
  let ended = 0;
  let notAccepted = 0;
  let stopped = false;
  const worker = async () => {
    while (!stopped) {
      if (await placeAndFollow(options).catch(undefinedIfNotAccepted)) ended += 1;
      else {
        notAccepted += 1;
        await delay(pauseMs);
      }
    }
  };
  const workers = Promise.all(Array.from({ length: unfinished }, worker));
  await Promise.race([delay(warmUpMs), workers]);
  const before = { ended, cpu: readCpu(roots), at: performance.now() };
  await Promise.race([delay(measureMs), workers]);
  const count = ended - before.ended;
  const seconds = (performance.now() - before.at) / 1_000;
  const cpu = cpuBetween(before.cpu, readCpu(roots));
  stopped = true;
  await workers;
  return { endedPerSecond: count / seconds, notAccepted, cpuMsPerOrder: eachOf(count, cpu) };
}

function eachOf(count: number, cpu: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(cpu).map(([role, ms]) => [role, ms / count]));
}

/** Orders at a steady rate, whatever becomes of the earlier ones. */
export async function trickle(
  options: LoadOptions,
  { perSecond, forMs, roots }: Rate & { roots: Roots },
): Promise<Steady> {
  const cpuBefore = readCpu(roots);
  const answers = await atRate({ perSecond, forMs }, () => placeAndFollow(options).catch(undefinedIfNotAccepted));
  const orders = answers.filter((order) => order !== undefined);
  const cpuMsPerOrder = eachOf(orders.length, cpuBetween(cpuBefore, readCpu(roots)));
  return { orders, notAccepted: answers.length - orders.length, cpuMsPerOrder };
}

const endDeadlineMs = 60_000;
/** Of a customer who was sent away. */
const pauseMs = 200;

async function placeAndFollow({ shop, ends, payment, end }: LoadOptions): Promise<OrderTimes> {
  const sentAtMs = performance.timeOrigin + performance.now();
  const sentAt = performance.now();
  const orderId = await shop.placeOrder(payment);
  const acceptedMs = performance.now() - sentAt;
  const ended = await within(ends.of(orderId), endDeadlineMs, `order ${orderId} has no end after a minute`);
  if (ended.status !== end) throw new Error(`order ${orderId} is ${ended.status} instead of ${end}`);
  return { orderId, sentAtMs, acceptedMs, endedMs: Math.max(ended.at - sentAt, acceptedMs) };
}

function undefinedIfNotAccepted(error: unknown): undefined {
  if (!(error instanceof NotAcceptedError)) throw error;
}

async function within<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  const timer = new AbortController();
  const late = delay(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(message);
  });
  // When the work wins, the abandoned timer rejects with an AbortError that nobody waits for.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
