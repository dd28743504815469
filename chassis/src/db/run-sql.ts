import { arrayText } from './array-text.ts';
import type { Db, Trx } from './database.ts';
import type { PreparingConnection } from './prepared-statements.ts';

/** What PostgreSQL answers. */
export interface Answer<Row> {
  readonly rows: Row[];
  /** How many rows were returned or changed. */
  readonly rowCount: number;
}

/** A statement's values: in the order of its `?`, or by the names after its `:`. */
export type Values = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Runs a statement that is written out, with `?` or `:name` where its values go, in a transaction or on a connection of the pool. An array
 * is one value, and none may be missing. What knex's `raw` does beside, so that a statement can be a part of another one, takes as much
 * CPU as all that pg does to send it and read the answer (ADR 14).
 */
export async function runSql<Row>(db: Db | Trx, sql: string, values: Values = []): Promise<Answer<Row>> {
  const { client } = db;
  const statement = readStatement(sql, values);
  const connection: PreparingConnection = await client.acquireConnection();
  try {
    client.emit('query', { sql: statement.text, bindings: statement.values });
    return await new Promise<Answer<Row>>((resolve, reject) => {
      connection.query(statement, (error, answer) => {
        if (error) reject(error);
        else resolve(answer as Answer<Row>);
      });
    });
  } catch (error) {
    client.emit('query-error', error);
    throw error;
  } finally {
    client.releaseConnection(connection);
  }
}

/** A statement as PostgreSQL wants it, with `$1`, `$2` and so on. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Reads a statement that is written out as runSql takes it. */
export function readStatement(sql: string, given: Values): Statement {
  const { text, names } = isList(given) ? withPlaces(sql) : withNames(sql);
  const values = isList(given) ? [...given] : names.map((name) => given[name]);
  if (values.includes(undefined)) throw new TypeError(`a value is missing for: ${sql}`);
  return { text, values: values.map((value) => (Array.isArray(value) ? (arrayText(value) ?? value) : value)) };
}

function isList(values: Values): values is readonly unknown[] {
  return Array.isArray(values);
}

interface Numbered {
  readonly text: string;
  readonly names: readonly string[];
}

const withPlaces = remembered((sql) => {
  let count = 0;
  const text = sql.replace(/\?/g, () => {
    count += 1;
    return `$${count}`;
  });
  return { text, names: [] };
});

const withNames = remembered((sql) => {
  const names: string[] = [];
  const text = sql.replace(/(?<!:):([a-z]\w*)/gi, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, names };
});

const mostTexts = 1_000;

/** Texts that are put together anew each time are not kept for ever. */
function remembered(number: (sql: string) => Numbered): (sql: string) => Numbered {
  const texts = new Map<string, Numbered>();
  return (sql) => {
    const known = texts.get(sql);
    if (known) return known;
    const made = number(sql);
    if (texts.size < mostTexts) texts.set(sql, made);
    return made;
  };
}
