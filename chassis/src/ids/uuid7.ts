import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const bytesOfOne = 16;
/** To ask for random bytes costs much more than they do: an order needs some twenty ids, and one asking is for 256. */
const pool = new Uint8Array(256 * bytesOfOne);
let used = pool.length;

let msecs = 0;
let seq = 0;

/**
 * A new uuid version 7 (RFC 9562): unique, and ordered by time to the millisecond; those of one process in the order in which they were
 * made, by a counter (its section 6.2, method 1). It identifies; it does not order events.
 */
export function uuid7(): string {
  const random = takeRandomBytes();
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    // The first bit stays clear, so that two thousand million more fit into this millisecond.
    seq = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    seq += 1;
  }
  return v7({ random, msecs, seq });
}

function takeRandomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytesOfOne;
  return pool.subarray(used - bytesOfOne, used);
}
