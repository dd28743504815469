import type { CheckResult } from '../check.ts';
import type { Facts } from '../facts.ts';
import { agreementChecks } from './agreement.ts';
import { livenessChecks } from './liveness.ts';
import { moneyChecks } from './money.ts';
import { stockChecks } from './stock.ts';

/** Every check, over facts that were read together. */
export function runChecks(facts: Facts): CheckResult[] {
  return [...stockChecks(facts), ...moneyChecks(facts), ...agreementChecks(facts), ...livenessChecks(facts)];
}
