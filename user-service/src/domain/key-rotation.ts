/** When a signing key was made, and since when it signs no more. */
export interface KeyAge {
  readonly kid: string;
  readonly createdAt: Date;
  readonly retiredAt: Date | undefined;
}

export interface KeyPlan {
  /** The key to sign with; undefined when there is none yet. */
  readonly sign: string | undefined;
  /** Keys whose public part is published. */
  readonly publish: readonly string[];
  /** Keys that a younger one has replaced. */
  readonly retire: readonly string[];
  /** Keys that no token can name any more. */
  readonly drop: readonly string[];
  readonly create: boolean;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

export const rotateAfterMs = 90 * dayMs;
/** Verifiers keep a key set for 10 minutes: a new key is published for twice as long before it signs. */
export const leadMs = 20 * minuteMs;
/** Longer than any access token lives. */
export const overlapMs = dayMs;

/** The state of each key at a time. A key signs from 20 minutes after it was made (the very first at once) until the next one does; it is published for 24 hours more. */
export function planKeys(keys: readonly KeyAge[], now: Date): KeyPlan {
  const ageOf = (since: Date) => now.getTime() - since.getTime();
  const live = keys
    .filter(({ retiredAt }) => retiredAt === undefined)
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const known = live.filter(({ createdAt }) => ageOf(createdAt) >= leadMs);
  const signing = known.at(-1) ?? live[0];
  const newest = live.at(-1);
  const replaced = signing === undefined ? [] : live.slice(0, live.indexOf(signing));
  const gone = keys.filter(({ retiredAt }) => retiredAt !== undefined && ageOf(retiredAt) > overlapMs);
  return {
    sign: signing?.kid,
    publish: keys.filter((key) => !gone.includes(key)).map(({ kid }) => kid),
    retire: replaced.map(({ kid }) => kid),
    drop: gone.map(({ kid }) => kid),
    create: newest === undefined || ageOf(newest.createdAt) >= rotateAfterMs,
  };
}
