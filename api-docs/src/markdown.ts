/** A table with its columns padded to the widest cell; pipes in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = head.map((title, column) => Math.max(title.length, ...escaped.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...escaped.map(line)].join('\n');
}

/** The page's parts with an empty line between them, and the note that it is made from the code. */
export function page(title: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, '_Made from the code by `make docs`; a test fails when it is not current._', ...parts].join('\n\n')}\n`;
}

export function code(text: string): string {
  return `\`${text}\``;
}
