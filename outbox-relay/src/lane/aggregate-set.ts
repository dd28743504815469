const bitsUsed = 24;

/**
 * Remembers any number of aggregates in 2 MiB. It never forgets one, but takes some for others that it has not seen: two in a hundred
 * once it holds 300,000.
 */
export class AggregateSet {
  readonly #bits = new Uint8Array(2 ** bitsUsed / 8);

  add(key: string): void {
    const place = placeOf(key);
    this.#bits[place >>> 3] = (this.#bits[place >>> 3] ?? 0) | (1 << (place & 7));
  }

  mayHave(key: string): boolean {
    const place = placeOf(key);
    return ((this.#bits[place >>> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }
}

/** FNV-1a, its 32 bits folded to those that are used. */
function placeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n += 1) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
  return (hash >>> bitsUsed) ^ (hash & (2 ** bitsUsed - 1));
}
