import type { Instance } from './instance.ts';

/**
 * Picks one of two random instances, the one with fewer requests in flight (power of two choices: Mitzenmacher, 2001).
 * Ejected ones are passed over, but never more than half of all; those in `tried` only when there is no other.
 */
export function pickInstance(
  instances: readonly Instance[],
  tried: ReadonlySet<Instance> = new Set(),
  random: () => number = Math.random,
): Instance | undefined {
  const serving = withoutEjected(instances);
  const fresh = serving.filter((instance) => !tried.has(instance));
  const candidates = fresh.length > 0 ? fresh : serving;
  if (candidates.length < 2) return candidates[0];
  const first = Math.floor(random() * candidates.length);
  const second = (first + 1 + Math.floor(random() * (candidates.length - 1))) % candidates.length;
  const [a, b] = [candidates[first], candidates[second]];
  return a !== undefined && b !== undefined && b.inFlight < a.inFlight ? b : a;
}

function withoutEjected(instances: readonly Instance[]): readonly Instance[] {
  const healthy = instances.filter((instance) => !instance.ejected && !instance.open);
  return healthy.length * 2 >= instances.length ? healthy : instances;
}
