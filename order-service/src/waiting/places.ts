import type { Part } from '@sagacity/chassis/lifecycle/part';

/** A request that stays open. */
export interface Place {
  /** Aborted when the client goes away, and when the process is about to end. */
  readonly signal: AbortSignal;
  /** Gives the place to the next one; may be called twice. */
  free(): void;
}

/**
 * Places for requests that stay open. There are so many and no more, and stop ends all that are taken: a server that drains waits
 * for its last answer, so this part stands after it.
 */
export interface Places extends Part {
  readonly taken: number;
  /** Undefined when all places are taken, or the process is about to end. */
  take(request: AbortSignal): Place | undefined;
}

export function createPlaces(most: number): Places {
  const ending = new AbortController();
  const taken = new Set<Place>();
  return {
    name: 'open requests',
    start: async () => undefined,
    stop: async () => ending.abort(),
    get taken() {
      return taken.size;
    },
    take: (request) => {
      if (taken.size >= most || ending.signal.aborted) return undefined;
      const place = { signal: AbortSignal.any([request, ending.signal]), free: () => void taken.delete(place) };
      taken.add(place);
      request.addEventListener('abort', place.free, { once: true });
      return place;
    },
  };
}
