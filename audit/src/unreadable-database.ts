/** A database that could not be read, so that nothing can be said about the shop; its cause tells why. */
export class UnreadableDatabase extends Error {
  constructor(database: string, cause: unknown) {
    const { code = 'no code' } = (cause ?? {}) as { code?: string };
    super(`The audit could not read ${database} (${code}).`, { cause });
    this.name = 'UnreadableDatabase';
  }
}
