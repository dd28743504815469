import { v7 } from 'uuid';

/** A new uuid version 7 (RFC 9562): unique, and ordered by time to the millisecond. It identifies; it does not order events. */
export function uuid7(): string {
  return v7();
}
