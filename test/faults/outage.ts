import type { Customer } from '../e2e/shop.ts';
import { logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { type Load, newCustomers, placeMany } from './load.ts';
import { type Copy, startCopy } from './processes.ts';
import type { Scenario } from './scenario.ts';

/** A load of orders of all kinds while something goes wrong, with a second orchestrator and a second relay throughout. */
export interface Outage {
  start(): Promise<void>;
  /**
   * Places the scenario's orders while the fault goes on, each when the gate lets it through; resolves when all are answered
   * for good and the fault is over.
   */
  run(fault: (progress: Progress) => Promise<void>, gate?: Gate): Promise<Load>;
  /** Throws unless both copies have lived through it. */
  close(): Promise<void>;
}

export interface Progress {
  /** Orders that were answered for good so far. */
  answered(): number;
  /** True when all are. */
  isOver(): boolean;
}

export type Gate = (index: number) => Promise<void> | undefined;

interface Shop {
  readonly buyers: readonly Customer[];
  readonly productIds: readonly number[];
  readonly copies: readonly Copy[];
}

const atOnce = 12;
/** Most go through; some are declined, some take their time, and every seventh is cancelled at once. */
const tokens = ['tok_approve', 'tok_approve', 'tok_approve', 'tok_decline', 'tok_approve', 'tok_unavailable'] as const;
const cancelEvery = 7;

export function openOutage(scenario: Scenario): Outage {
  let shop: Shop = { buyers: [], productIds: [], copies: [] };
  return {
    start: async () => {
      shop = await openShop(scenario);
    },
    run: (fault, gate) => loadDuring(scenario, shop, { fault, ...(gate ? { gate } : {}) }),
    close: () => closeAll(shop.copies),
  };
}

async function openShop(scenario: Scenario): Promise<Shop> {
  const admin = await logInAsAdmin();
  const buyers = await newCustomers(6);
  // A fifth is more than there is.
  const productIds = [
    await newProduct(admin, Math.ceil(scenario.orders * 0.4)),
    await newProduct(admin, Math.ceil(scenario.orders * 0.4)),
  ];
  return {
    buyers,
    productIds,
    copies: await Promise.all(['saga-orchestrator', 'outbox-relay'].map((name) => startCopy(name))),
  };
}

async function loadDuring(
  scenario: Scenario,
  { buyers, productIds }: Shop,
  { fault, gate }: { readonly fault: (progress: Progress) => Promise<void>; readonly gate?: Gate },
): Promise<Load> {
  let answered = 0;
  const step = Math.max(1, Math.floor(scenario.orders / 10));
  const cancels: Promise<unknown>[] = [];
  const load = placeMany({
    buyers,
    count: scenario.orders,
    atOnce,
    ...(gate ? { gate } : {}),
    order: () => ({
      productId: productIds[scenario.pick(productIds.length)] ?? 0,
      token: tokens[scenario.pick(tokens.length)] ?? 'tok_approve',
    }),
    onAnswer: (count, placed) => {
      answered = count;
      if (count % step === 0) scenario.say(`${count} of ${scenario.orders} orders are answered`);
      // A cancel that fails is one that the customer gives up: the order then ends as if nobody had asked.
      if (placed && count % cancelEvery === 0) {
        const cancel = placed.customer.call('POST', `/orders/${placed.id}/cancel`, { body: {} });
        cancels.push(cancel.catch(() => undefined));
      }
    },
  });
  const progress = { answered: () => answered, isOver: () => answered >= scenario.orders };
  const [done] = await Promise.all([load, fault(progress)]);
  await Promise.all(cancels);
  return done;
}

async function closeAll(copies: readonly Copy[]): Promise<void> {
  const dead = copies.filter((copy) => !copy.isRunning());
  await Promise.all(copies.filter((copy) => copy.isRunning()).map((copy) => copy.stop()));
  if (dead.length > 0) throw new Error(`${dead.length} of the second processes did not live through the outage`);
}
