import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Customer, newCustomer, type OrderInput, placeOrder } from '../e2e/shop.ts';

/** An order that was answered with 201: it must never be missed again. */
export interface PlacedOrder {
  readonly id: number;
  readonly sagaId: string;
  readonly customer: Customer;
  readonly token: string | undefined;
}

export interface Load {
  readonly placed: readonly PlacedOrder[];
  /** How many were refused at once, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Calls that had no answer, or one that tells to try again. */
  readonly retries: number;
}

export interface LoadOptions {
  readonly buyers: readonly Customer[];
  readonly count: number;
  readonly atOnce: number;
  readonly order: (index: number) => OrderInput;
  /** An order is not placed before this resolves. */
  readonly gate?: (index: number) => Promise<void> | undefined;
  /** Told after each order that was answered for good, with the number of those so far. */
  readonly onAnswer?: (answered: number, placed: PlacedOrder | undefined) => void;
}

const orderDeadlineMs = 5 * 60_000;
const firstPauseMs = 200;
const longestPauseMs = 3_000;
const forGood = new Set(['order.out_of_stock', 'order.product_unknown', 'order.price_changed']);

/**
 * Places orders as stubborn customers do: each posts its order under one key until it is answered for good, whatever fails
 * meanwhile. So each order exists exactly once in the end, or was refused.
 */
export async function placeMany({ buyers, count, atOnce, order, gate, onAnswer }: LoadOptions): Promise<Load> {
  const placed: PlacedOrder[] = [];
  const refused: Record<string, number> = {};
  let [next, answered, retries] = [0, 0, 0];
  const buy = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const customer = buyers[index % buyers.length] as Customer;
      await gate?.(index);
      const { answer, calls } = await placeStubbornly(customer, order(index));
      retries += calls - 1;
      answered += 1;
      if (typeof answer === 'string') refused[answer] = (refused[answer] ?? 0) + 1;
      else placed.push(answer);
      onAnswer?.(answered, typeof answer === 'string' ? undefined : answer);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, buy));
  return { placed, refused, retries };
}

/** Customers of the scenario's own, so that it knows all of their orders. */
export async function newCustomers(count: number): Promise<Customer[]> {
  const customers: Customer[] = [];
  while (customers.length < count) customers.push(await newCustomer());
  return customers;
}

/** Asks again after a pause that doubles, as a decent client does: a system that says it is overloaded is not to be stormed. */
async function placeStubbornly(customer: Customer, input: OrderInput) {
  const headers = { 'idempotency-key': randomUUID(), ...input.headers };
  const giveUpAt = performance.now() + orderDeadlineMs;
  for (let calls = 1; ; calls += 1) {
    const answer = await placeOnce(customer, { ...input, headers });
    if (answer !== undefined) return { answer, calls };
    if (performance.now() > giveUpAt) throw new Error(`an order has no answer for good after ${calls} calls`);
    await delay(Math.min(longestPauseMs, firstPauseMs * 2 ** (calls - 1)));
  }
}

/** The placed order, the code of a refusal for good, or undefined when it is to be tried again. */
async function placeOnce(customer: Customer, input: OrderInput): Promise<PlacedOrder | string | undefined> {
  // The connection may be cut; whoever posts with a key may simply post again.
  const answer = await placeOrder(customer, input).catch((error: unknown) => {
    if (error instanceof TypeError) return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  const { status, body } = answer;
  if (status === 201) return { id: body.id, sagaId: body.saga_id, customer, token: input.token };
  if (forGood.has(body.code)) return String(body.code);
  if (status === 409 || status === 429 || status >= 500) return undefined;
  throw new Error(`POST /orders answered ${status}: ${JSON.stringify(body)}`);
}
