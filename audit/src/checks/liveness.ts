import { type CheckResult, checkEach } from '../check.ts';
import type { Facts, OpenAttemptFact, OutboxFact, SagaFact } from '../facts.ts';
import { isActive } from '../settled-orders.ts';

/** Longer than anything that goes its way takes. */
const longestSagaSeconds = 15 * 60;
const longestOutboxSeconds = 60;
const longestAttemptSeconds = 15 * 60;

/** Nothing is stuck: sagas, outboxes, questions to payment providers. */
export function livenessChecks(facts: Facts): CheckResult[] {
  return [
    checkEach<SagaFact>(
      { name: 'sagas.alive', claim: 'no saga is stuck or waits for an operator', subject: ({ id }) => `saga ${id}` },
      facts.sagas.filter(isActive),
      ({ orderId, state, attention, ageSeconds }) => {
        if (attention !== null) return `order ${orderId} needs attention: ${attention}`;
        return ageSeconds > longestSagaSeconds ? `order ${orderId} is ${state} since ${ageSeconds} s` : undefined;
      },
    ),
    checkEach<OutboxFact>(
      {
        name: 'outboxes.young',
        claim: 'no event waits long, and none was given up',
        subject: ({ database }) => database,
      },
      facts.outboxes,
      ({ waiting, oldestSeconds, dead }) => {
        if (dead > 0) return `${dead} dead messages`;
        return oldestSeconds > longestOutboxSeconds
          ? `${waiting} messages wait, the oldest since ${oldestSeconds} s`
          : undefined;
      },
    ),
    checkEach<OpenAttemptFact>(
      {
        name: 'money.clear',
        claim: 'no question to a payment provider stays open',
        subject: ({ id }) => `payment attempt ${id}`,
      },
      facts.openAttempts,
      ({ orderId, operation, state, ageSeconds }) =>
        ageSeconds > longestAttemptSeconds
          ? `${operation} for order ${orderId} is ${state} since ${ageSeconds} s`
          : undefined,
    ),
  ];
}
