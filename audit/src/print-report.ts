import { toDecimal } from '@sagacity/chassis/money/cents';
import type { CheckResult } from './check.ts';
import type { AuditReport } from './run-audit.ts';

const mostShown = 20;

/** The report as lines for a terminal. */
export function reportLines({ checks, totals, clean, durationMs }: AuditReport): string[] {
  const orders = Object.entries(totals.orders).map(([status, count]) => `${count} ${status}`);
  return [
    `orders: ${orders.join(', ') || 'none'}; ${totals.activeSagas} sagas under way`,
    `money: ${toDecimal(totals.capturedCents)} captured, ${toDecimal(totals.refundedCents)} given back`,
    '',
    ...checks.flatMap(checkLines),
    '',
    clean ? `clean (${durationMs} ms)` : `NOT CLEAN: ${countOf(checks)} breaches (${durationMs} ms)`,
  ];
}

function checkLines({ name, claim, checked, breaches }: CheckResult): string[] {
  const mark = breaches.length === 0 ? '✔' : '✖';
  const shown = breaches.slice(0, mostShown).map(({ subject, detail }) => `      ${subject}: ${detail}`);
  const more = breaches.length > mostShown ? [`      and ${breaches.length - mostShown} more`] : [];
  return [`  ${mark} ${name.padEnd(16)} ${String(checked).padStart(7)}  ${claim}`, ...shown, ...more];
}

function countOf(checks: readonly CheckResult[]): number {
  return checks.reduce((sum, { breaches }) => sum + breaches.length, 0);
}
