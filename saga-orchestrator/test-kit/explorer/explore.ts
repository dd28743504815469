import { advance } from '../../src/engine/advance.ts';
import { isOver } from '../../src/engine/instance.ts';
import { type Circumstances, movesFrom } from './moves.ts';
import { allGuards } from './participants.ts';
import { beginning, identityOf, type World } from './world.ts';

export interface Exploration {
  readonly states: number;
  readonly moves: number;
  /** Different ends, in words, with how many states are such. */
  readonly ends: ReadonlyMap<string, number>;
  /** Every kind of breach with the shortest way to it, as a conversation; the nearest first. */
  readonly breaches: ReadonlyMap<string, string>;
}

interface Visited {
  readonly from: number;
  readonly words: string;
}

const mostStates = 2_000_000;

export const everything: Circumstances = { advance, guards: allGuards, faults: true, cancel: true, operator: true };

/**
 * Visits every world that can be reached from a new order, nearest first, and checks what must always hold; it does not go on from a world
 * in which it does not. When nothing is found it also checks that an end can be reached from everywhere.
 */
export function explore(circumstances: Circumstances = everything): Exploration {
  const first = beginning();
  const known = new Map([[identityOf(first), 0]]);
  const visited: Visited[] = [{ from: -1, words: '' }];
  const worlds: World[] = [first];
  const predecessors: number[][] = [[]];
  const ended: number[] = [];
  const ends = new Map<string, number>();
  let moves = 0;
  const breaches = new Map<string, string>();
  const note = (breach: string, at: number) => {
    if (!breaches.has(breach)) breaches.set(breach, conversation(visited, at));
  };

  for (let current = 0; current < worlds.length; current += 1) {
    const world = worlds[current] as World;
    const breach = world.breach ?? breachAtEnd(world);
    if (breach !== null) {
      note(breach, current);
      continue;
    }
    if (isAtEnd(world)) {
      ended.push(current);
      const end = describeEnd(world);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    for (const move of movesFrom(world, circumstances)) {
      moves += 1;
      if (move.world === world) continue;
      const identity = identityOf(move.world);
      let next = known.get(identity);
      if (next === undefined) {
        next = worlds.length;
        if (next >= mostStates) throw new Error(`more than ${mostStates} states`);
        known.set(identity, next);
        worlds.push(move.world);
        visited.push({ from: current, words: move.words });
        predecessors.push([]);
      }
      if (next !== current) predecessors[next]?.push(current);
    }
  }
  const lost = breaches.size === 0 ? firstThatCannotEnd(predecessors, ended) : undefined;
  if (lost !== undefined) note('no end can be reached any more', lost);
  return { states: visited.length, moves, ends, breaches };
}

function conversation(visited: readonly Visited[], at: number): string {
  const lines: string[] = [];
  for (let index = at; index > 0; index = visited[index]?.from ?? 0) lines.unshift(visited[index]?.words ?? '');
  return lines.join('\n');
}

function firstThatCannotEnd(predecessors: readonly number[][], ended: readonly number[]): number | undefined {
  const canEnd = new Set(ended);
  const queue = [...ended];
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (const before of predecessors[state] ?? []) {
      if (canEnd.has(before)) continue;
      canEnd.add(before);
      queue.push(before);
    }
  }
  const lost = predecessors.findIndex((_states, index) => !canEnd.has(index));
  return lost === -1 ? undefined : lost;
}

/** The sagas have ended and the orchestrator knows all there is to know; late messages may still be about. */
function isAtEnd({ place, cancel, request }: World): boolean {
  return isOver(place) && (cancel === null || isOver(cancel)) && request !== 'under_way';
}

/** What must hold once the sagas have ended, however many late messages still arrive. */
function breachAtEnd(world: World): string | null {
  if (world.charges > 1) return 'the card is charged twice';
  if (!isAtEnd(world)) return null;
  const { order, stock, payment, place } = world;
  if (place.phase === 'completed' && world.cancel === null) {
    if (order.status !== 'confirmed') return `the saga completed, but the order is ${order.status}`;
    if (stock !== 'committed') return `the order is confirmed, but its stock is ${stock}`;
    return payment === 'captured' ? null : `the order is confirmed, but its payment is ${payment}`;
  }
  if (order.status !== 'rejected' && order.status !== 'cancelled')
    return `the saga went back, but the order is ${order.status}`;
  if (stock === 'reserved' || stock === 'committed') return `the order is ${order.status}, but its stock is ${stock}`;
  if (payment === 'held' || payment === 'captured')
    return `the order is ${order.status}, but its payment is ${payment}`;
  const expected = world.request === 'arrived' ? 'cancelled' : order.status;
  return order.status === expected ? null : `the customer cancelled, but the order is ${order.status}`;
}

function describeEnd({ place, cancel, order, stock, payment }: World): string {
  const sagas = cancel ? `${place.phase}, then undone` : place.phase;
  return `${sagas}: order ${order.status}, stock ${stock}, payment ${payment}`;
}
