/** A message as it came out of the broker. */
export interface Arrival {
  readonly messageId: string;
  readonly aggregate: string;
  readonly version: number;
  /** The broker has handed it out before. */
  readonly isRedelivered: boolean;
}

export interface Judgement {
  readonly messages: number;
  /** Committed, and never arrived. */
  readonly lost: number;
  /** Arrived, and never committed. */
  readonly invented: number;
  /** Arrived for the first time after a later one of the same aggregate. */
  readonly outOfOrder: number;
  /** Sent more than once by the relays. */
  readonly duplicates: number;
  /** Handed out more than once by the broker. */
  readonly redelivered: number;
}

/** Holds what arrived, in its order, against the versions that the aggregates have reached: each must have had one message for every version. */
export function judge(arrivals: readonly Arrival[], versions: ReadonlyMap<string, number>): Judgement {
  const seen = new Map<string, number[]>();
  const ids = new Set<string>();
  let [redelivered, duplicates, invented, outOfOrder] = [0, 0, 0, 0];
  for (const { messageId, aggregate, version, isRedelivered } of arrivals) {
    if (ids.has(messageId)) {
      if (isRedelivered) redelivered += 1;
      else duplicates += 1;
      continue;
    }
    ids.add(messageId);
    const of = seen.get(aggregate) ?? [];
    if (version > (versions.get(aggregate) ?? 0) || of.includes(version)) invented += 1;
    else if (version < (of.at(-1) ?? 0)) outOfOrder += 1;
    of.push(version);
    seen.set(aggregate, of);
  }
  const lost = [...versions].flatMap(([aggregate, reached]) => {
    const arrived = new Set(seen.get(aggregate));
    return Array.from({ length: reached }, (_, n) => n + 1).filter((version) => !arrived.has(version));
  });
  const messages = [...versions.values()].reduce((sum, reached) => sum + reached, 0);
  return { messages, lost: lost.length, invented, outOfOrder, duplicates, redelivered };
}
