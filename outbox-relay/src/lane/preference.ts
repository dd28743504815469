import { createHash } from 'node:crypto';

/**
 * Which of the relays should drain a database, by rendezvous hashing: all of them come to the same answer without talking to each other,
 * the databases spread evenly, and a relay that comes or goes moves only its own share.
 */
export function preferredRelay(database: string, relays: readonly string[]): string | undefined {
  const weighed = relays.map((relay) => ({ relay, weight: weightOf(database, relay) }));
  return weighed.sort((a, b) => (a.weight < b.weight ? 1 : -1))[0]?.relay;
}

function weightOf(database: string, relay: string): string {
  return createHash('sha256').update(`${database}\n${relay}`).digest('hex');
}
