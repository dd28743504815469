import { randomInt } from 'node:crypto';
import { Trouble } from '../os/tell.ts';

export type ChaosSize = {
  seed: number;
  /** Instead of each scenario's own number of orders; for those that have one to choose. */
  orders: number | undefined;
};

const largestSeed = 2 ** 31 - 1;

/** Reads SEED and ORDERS; a seed is drawn when none is given. */
export function readChaosSize(environment: NodeJS.ProcessEnv): ChaosSize {
  const seed = wholeNumber(environment, 'SEED', largestSeed);
  return { seed: seed ?? randomInt(1, largestSeed), orders: wholeNumber(environment, 'ORDERS', 100_000) };
}

/** What the scenarios read: that they run at full size, from which seed, and where they report. */
export function chaosEnvironment({ seed, orders }: ChaosSize, reportPath: string): NodeJS.ProcessEnv {
  return {
    CHAOS_FULL_SIZE: '1',
    CHAOS_SEED: String(seed),
    CHAOS_REPORT: reportPath,
    ...(orders === undefined ? {} : { CHAOS_ORDERS: String(orders) }),
  };
}

function wholeNumber(environment: NodeJS.ProcessEnv, name: string, most: number): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new Trouble(
    `${name}=${text} should be a whole number from 1 to ${most}`,
    `make chaos ${name}=…, or leave it out`,
  );
}
