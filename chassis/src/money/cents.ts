/** Reads a DECIMAL(10,2) text or a JSON number with at most two decimals as integer cents; throws RangeError on anything else. */
export function toCents(amount: string | number): number {
  const text = typeof amount === 'number' ? amount.toFixed(2) : amount;
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text);
  if (!match || (typeof amount === 'number' && Math.abs(Number(text) - amount) > 1e-6)) {
    throw new RangeError(`not an amount with two decimals: ${amount}`);
  }
  const [, sign, whole, fraction = ''] = match;
  const cents = Number(whole) * 100 + Number(fraction.padEnd(2, '0'));
  if (!Number.isSafeInteger(cents)) throw new RangeError(`amount out of range: ${amount}`);
  return sign === '-' && cents !== 0 ? -cents : cents;
}

/** The DECIMAL(10,2) text of integer cents, for the database. */
export function toDecimal(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The JSON number with two decimals that stands for integer cents in answers and events. */
export function fromCents(cents: number): number {
  return Number(toDecimal(cents));
}
