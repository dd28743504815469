/** How far the search for the newest matches has come, from the newest product on downwards. */
export interface Progress {
  /** The newest id that was not looked at. */
  readonly next: number;
  /** So many ids were looked at, and so many matches found among them. */
  readonly seen: number;
  readonly found: number;
  /** All that is left was asked for, and there was more than is wanted. */
  readonly isMuch: boolean;
}

/**
 * What to look at next. `sample`: each product from `next` down to `from`. `window`: the matches from `next` down to `from`.
 * `rest`: the matches among all that is left, in no order, and no more than are wanted.
 */
export type Step = { readonly way: 'rest' } | { readonly way: 'sample' | 'window'; readonly from: number };

/** As many ids as are looked at first, to learn how many products match. */
export const sampleSize = 1_000;
/** No window is more than so many times what was looked at before, however rare the matches seem to be. */
const growth = 32;
const largestWindow = 250_000;
const reserve = 1.25;

/**
 * Decides how to get at the newest matches at a cost that depends on how many are wanted, not on how many there are: by what was
 * found so far. A wrong guess costs time and changes nothing in what is found.
 */
export function nextStep({ next, seen, found, isMuch }: Progress, wanted: { downTo: number; most: number }): Step {
  const downFrom = (size: number) => Math.max(wanted.downTo, next - size + 1);
  if (seen === 0) return { way: 'sample', from: downFrom(sampleSize) };
  const density = found / seen;
  const missing = wanted.most - found;
  const left = next - wanted.downTo + 1;
  if (!isMuch && density * left < missing) return { way: 'rest' };
  const size = Math.min(largestWindow, seen * growth, Math.ceil((missing / density) * reserve));
  return { way: 'window', from: downFrom(size) };
}
