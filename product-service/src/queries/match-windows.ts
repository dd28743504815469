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
 * What to look at next. `rest`: all that is left, in no order, and no more than is wanted. `walk`: each product from `next` down to
 * `from`. `index`: the matches in that window, by the index of words.
 */
export type Step = { readonly way: 'rest' } | { readonly way: 'walk' | 'index'; readonly from: number };

/** As many ids as are looked at first, to learn how many products match. */
export const firstWindow = 2_000;
/** Above it, looking at each product costs less than to gather what the index has for the beginning of a word. */
const dense = 0.1;
/** No window is more than so many times what was looked at before, however rare the matches seem to be. */
const growth = 8;
const largestWindow = 1_000_000;
const reserve = 1.25;

/**
 * Decides how to get at the newest matches at a cost that depends on how many are wanted, not on how many there are: by what was
 * found so far. A wrong guess costs time and changes nothing in what is found.
 */
export function nextStep({ next, seen, found, isMuch }: Progress, wanted: { downTo: number; most: number }): Step {
  if (seen === 0) return { way: 'walk', from: downFrom(next, firstWindow, wanted.downTo) };
  const density = found / seen;
  const missing = wanted.most - found;
  const left = next - wanted.downTo + 1;
  if (!isMuch && density * left < missing) return { way: 'rest' };
  const size = Math.min(largestWindow, seen * growth, Math.ceil((missing / density) * reserve));
  return { way: density >= dense ? 'walk' : 'index', from: downFrom(next, size, wanted.downTo) };
}

function downFrom(next: number, size: number, downTo: number): number {
  return Math.max(downTo, next - size + 1);
}
