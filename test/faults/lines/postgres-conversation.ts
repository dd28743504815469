import type { Conversation, Unit } from './line-proxy.ts';

/** A statement that a client is about to have executed. */
export interface SqlEvent {
  readonly database: string;
  readonly sql: string;
  /** The texts of this transaction's statements so far, with their values. */
  readonly transaction: readonly string[];
}

const lengthBytes = 4;

/**
 * Follows what a client says to PostgreSQL (protocol 3, unencrypted): simple queries, and prepared statements when they are
 * bound. What the server says is of no interest.
 */
export function followPostgres(): Conversation<SqlEvent> {
  let pending: Buffer = Buffer.alloc(0);
  let isStarted = false;
  const prepared = new Map<string, string>();
  let transaction: string[] = [];
  let database = '';

  const eventOf = (type: string, body: Buffer): SqlEvent | undefined => {
    if (type === 'P') {
      const [name, sql] = texts(body, 2);
      prepared.set(name ?? '', sql ?? '');
      return undefined;
    }
    if (type !== 'Q' && type !== 'B') return undefined;
    const sql = type === 'Q' ? (texts(body, 1)[0] ?? '') : (prepared.get(texts(body, 2)[1] ?? '') ?? '');
    if (/^\s*BEGIN/i.test(sql)) transaction = [];
    else transaction.push(`${sql} ${type === 'B' ? body.toString('latin1') : ''}`);
    return { database, sql, transaction: [...transaction] };
  };

  return {
    fromClient: (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      const units: Unit<SqlEvent>[] = [];
      for (;;) {
        // The first message has no type.
        const head = isStarted ? 1 : 0;
        if (pending.length < head + lengthBytes) return units;
        const end = head + pending.readInt32BE(head);
        if (pending.length < end) return units;
        const bytes = pending.subarray(0, end);
        const type = isStarted ? String.fromCharCode(bytes[0] ?? 0) : '';
        if (!isStarted) database = databaseOf(bytes);
        units.push({ bytes, event: eventOf(type, bytes.subarray(head + lengthBytes)) });
        pending = pending.subarray(end);
        isStarted = true;
      }
    },
    fromServer: () => [],
  };
}

/** The commit of a transaction in which all of these texts stand, in statements or their values. */
export function commitWith(...parts: readonly string[]): (event: SqlEvent) => boolean {
  return ({ sql, transaction }) =>
    /^\s*COMMIT/i.test(sql) && parts.every((part) => transaction.some((text) => text.includes(part)));
}

/** A statement on this database that begins so. */
export function statementOn(wanted: string, beginning: string): (event: SqlEvent) => boolean {
  return ({ database, sql }) => database === wanted && sql.trimStart().startsWith(beginning);
}

/** The first message of a connection: length, version, then names and values in turn. */
function databaseOf(startup: Buffer): string {
  const parameters = startup.toString('utf8', 2 * lengthBytes).split('\0');
  return parameters[parameters.indexOf('database') + 1] ?? '';
}

/** The first texts of a message, each ended by a zero. */
function texts(body: Buffer, count: number): string[] {
  const found: string[] = [];
  for (let from = 0; found.length < count; ) {
    const end = body.indexOf(0, from);
    if (end < 0) break;
    found.push(body.toString('utf8', from, end));
    from = end + 1;
  }
  return found;
}
