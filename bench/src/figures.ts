/** One thing that was measured, as often as it was repeated. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** One value for each repetition, in the order in which they were taken. */
  readonly samples: readonly number[];
  /** The `what` of the figure of the same bench that this one is held against. */
  readonly reference?: string;
}

/** What a bench shows beside its figures. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Outcome {
  readonly figures: readonly Figure[];
  readonly tables?: readonly Table[];
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below which that many in a hundred lie, between two of them in proportion; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Three digits that count, without an exponent. */
export function shown(value: number): string {
  if (Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}
