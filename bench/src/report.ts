import { type Figure, median, type Outcome, shown, type Table } from './figures.ts';

/** The results of the benches, by name, as lines to read. */
export function report(outcomes: Readonly<Record<string, Outcome>>): string {
  const rows = Object.entries(outcomes).flatMap(([name, { figures }]) =>
    figures.map((figure) => [name, ...cells(figure, figures)]),
  );
  const main: Table = {
    title: 'Medians; spread: lowest and highest of the repetitions',
    head: ['bench', 'what', 'median', 'spread', 'unit', 'against the reference'],
    rows,
  };
  const more = Object.values(outcomes).flatMap(({ tables = [] }) => tables);
  return [...more, main].map(renderTable).join('\n\n');
}

function cells(figure: Figure, all: readonly Figure[]): string[] {
  const { what, samples, unit, reference } = figure;
  const middle = median(samples);
  const other = all.find((candidate) => candidate.what === reference);
  const beside = other ? `${shown(middle / median(other.samples))} × ${other.what}` : '';
  const spread = samples.length > 1 ? `${shown(Math.min(...samples))} – ${shown(Math.max(...samples))}` : '';
  return [what, shown(middle), spread, unit, beside];
}

/** A table as text; numbers stand to the right. */
export function renderTable({ title, head, rows }: Table): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)));
  const widths = head.map((text, n) => Math.max(text.length, ...texts.map((row) => row[n]?.length ?? 0)));
  const isNumber = (n: number) => texts.every((row) => /^[\d.,–-]*$/.test(row[n] ?? ''));
  const line = (row: readonly string[]) =>
    row
      .map((text, n) => (isNumber(n) ? text.padStart(widths[n] ?? 0) : text.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, '', line(head), line(widths.map((width) => '-'.repeat(width))), ...texts.map(line)].join('\n');
}
