import { Readable } from 'node:stream';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { compile, compileForText, type Validator } from '@sagacity/chassis/schema/validator';
import { CsvError, parse } from 'csv-parse';
import { type ImportFormat, type ImportLine, importLine } from '../contract/imports.ts';

export interface LineFault {
  readonly line: number;
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** A line of a file, numbered from 1: what it says, or why it cannot be taken. */
export type Line = { readonly line: number; readonly product: ImportLine } | { readonly fault: LineFault };

const mostBytesOfLine = 64 * 1024;
const columns = Object.keys(importLine.properties);
const validateValue = compile(importLine);
const validateTexts = compileForText(importLine);

/** Reads the lines of a file in their order, never more than one chunk and one line at a time; throws `import.unreadable` for what is no such file. */
export function readLines(format: ImportFormat, chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  return format === 'csv' ? readCsv(chunks) : readJsonLines(chunks);
}

async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const source = Readable.from(chunks);
  const parser = parse({
    bom: true,
    columns: checkedHeader,
    info: true,
    max_record_size: mostBytesOfLine,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  source.once('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      yield info.error
        ? faulty(info.lines, '', 'columns', 'has more or fewer columns than the header')
        : checked(info.lines, withoutEmpty(record), validateTexts);
    }
  } catch (error) {
    throw error instanceof CsvError ? unreadable(error.message) : error;
  } finally {
    source.destroy();
  }
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number; readonly error?: unknown };
}

function checkedHeader(header: string[]): string[] {
  const unknown = header.filter((name) => !columns.includes(name));
  const missing = importLine.required.filter((name) => !header.includes(name));
  if (unknown.length > 0) throw unreadable(`the header has unknown columns: ${unknown.join(', ').slice(0, 200)}`);
  if (missing.length > 0) throw unreadable(`the header lacks the columns: ${missing.join(', ')}`);
  return header;
}

/** An empty cell leaves its field out. */
function withoutEmpty(record: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(record).filter(([, text]) => text !== ''));
}

async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of splitLines(chunks)) {
    number += 1;
    if (text === tooLong) yield faulty(number, '', 'too_long', `is longer than ${mostBytesOfLine} bytes`);
    else if (text.trim() !== '') yield parsed(number, text);
  }
}

const tooLong = Symbol('too long');

/** The lines of a text; one that is too long is passed over without being kept. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string | typeof tooLong> {
  let rest: Buffer = Buffer.alloc(0);
  let skipping = false;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(10, from); end >= 0; end = rest.indexOf(10, from)) {
      if (skipping || end - from > mostBytesOfLine) yield tooLong;
      else yield rest.toString('utf8', from, end);
      skipping = false;
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > mostBytesOfLine) {
      skipping = true;
      rest = Buffer.alloc(0);
    }
  }
  if (skipping) yield tooLong;
  else if (rest.length > 0) yield rest.toString('utf8');
}

function parsed(line: number, text: string): Line {
  try {
    return checked(line, JSON.parse(line === 1 ? text.replace(/^\uFEFF/, '') : text), validateValue);
  } catch {
    return faulty(line, '', 'malformed', 'is not JSON');
  }
}

function checked(line: number, value: object, validate: Validator): Line {
  const validation = validate(value);
  if (!validation.valid) {
    const [first] = validation.faults;
    return faulty(line, first?.pointer.slice(1) ?? '', first?.code ?? 'invalid', first?.detail ?? 'is not valid');
  }
  const product = value as ImportLine;
  if (product.category !== undefined && product.category_id !== undefined) {
    return faulty(line, 'category', 'ambiguous', 'stands beside category_id');
  }
  // PostgreSQL keeps no NUL in a text.
  const withNul = Object.entries(product).find(([, field]) => typeof field === 'string' && field.includes('\0'));
  return withNul ? faulty(line, withNul[0], 'malformed', 'has a NUL in it') : { line, product };
}

function faulty(line: number, field: string, code: string, detail: string): Line {
  return { fault: { line, field: storable(field), code, detail: storable(detail) } };
}

function unreadable(detail: string): DomainError {
  return new DomainError('import.unreadable', storable(detail));
}

/** What is said of a file may quote it: a NUL in it would keep the database from taking the report, and the import from ending. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
