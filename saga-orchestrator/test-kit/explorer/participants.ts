import type { Direction } from '../../src/engine/definition.ts';
import type { ReplyOutcome } from '../../src/engine/instance.ts';
import { memoryKey, type Remembered, type SagaName, type World } from './world.ts';

/** A command as it is delivered. */
export interface Delivered {
  readonly saga: SagaName;
  readonly step: string;
  readonly direction: Direction;
  readonly type: string;
  readonly attempt: number;
}

/** How the participants behave; each of these is a guard that can be taken out. */
export interface Guards {
  /** A compensation that comes before its command keeps the command from being done afterwards. */
  readonly tombstones: boolean;
  /** A command that was answered is answered the same again, and not done again. */
  readonly storedReplies: boolean;
  /** Asking about an unclear confirmation keeps it from being done afterwards. */
  readonly abortLocks: boolean;
}

export const allGuards: Guards = { tombstones: true, storedReplies: true, abortLocks: true };

/** A way in which a command can end: the world after it, and what was answered. */
export interface Handled {
  readonly world: World;
  readonly words: string;
}

/** Everything that can come of delivering a command, were it for the first time or again. */
export function handle(world: World, command: Delivered, guards: Guards): readonly Handled[] {
  const key = memoryKey(command.saga, command.step, command.direction);
  if (guards.storedReplies && world.memory[key]) return [];
  const withTombstone = command.direction === 'compensate' ? leaveTombstone(world, command, guards) : world;
  return outcomes(withTombstone, command, guards).map(({ world: after, answer }) => ({
    world: answer === null ? after : { ...after, memory: { ...after.memory, [key]: answer } },
    words: answer === null || answer.state === 'pending' ? '…' : wordsOf(answer),
  }));
}

/** The bank decides on a charge that was asked for; a refund that waits for it is answered at once. */
export function bankDecides(world: World, command: SagaName = 'place'): readonly Handled[] {
  if (world.payment !== 'asked') return [];
  const charge = memoryKey(command, 'charge-payment', 'forward');
  const refund = memoryKey(command, 'charge-payment', 'compensate');
  const waits = world.memory[refund]?.state === 'pending';
  const after = (payment: World['payment'], outcome: ReplyOutcome): World => ({
    ...world,
    payment,
    charges: world.charges + (outcome === 'done' ? 1 : 0),
    memory: {
      ...world.memory,
      [charge]: answered(outcome),
      ...(waits ? { [refund]: answered('done') } : {}),
    },
  });
  return [
    { world: after(waits ? 'voided' : 'held', 'done'), words: 'the bank approves the charge' },
    { world: after('declined', 'refused'), words: 'the bank declines the charge' },
  ];
}

export function wordsOf({ outcome, result }: Pick<Remembered, 'outcome' | 'result'>): string {
  return result ? `${outcome} (${Object.values(result).join(', ')})` : outcome;
}

interface Outcome {
  readonly world: World;
  /** Null when nothing is remembered. */
  readonly answer: Remembered | null;
}

function outcomes(world: World, { saga, type }: Delivered, guards: Guards): readonly Outcome[] {
  switch (type) {
    case 'product-service.reserve-stock':
      return [done({ ...world, stock: 'reserved' }), { world, answer: answered('refused') }];
    case 'product-service.release-stock':
      return [done(releaseStock(world, saga))];
    case 'product-service.commit-stock':
      if (world.stock === 'reserved') return [done({ ...world, stock: 'committed' })];
      return [done(world.stock === 'committed' ? world : broken(world, 'stock is committed that is not reserved'))];
    case 'product-service.return-stock':
      return [done({ ...world, stock: world.stock === 'committed' ? 'returned' : 'released' })];
    case 'payment-service.charge-payment':
      return [{ world: { ...world, payment: 'asked' }, answer: pending }];
    case 'payment-service.capture-payment':
      return [done(capture(world))];
    case 'payment-service.refund-payment':
      return [refund(world, saga)];
    default:
      return [orderOutcome(world, type, guards)];
  }
}

function orderOutcome(world: World, type: string, guards: Guards): Outcome {
  const { status, confirmable } = world.order;
  switch (type) {
    case 'order-service.confirm-order':
      if (status === 'pending' && confirmable)
        return done({ ...world, order: { ...world.order, status: 'confirmed' } });
      return status === 'confirmed' ? done(world) : { world, answer: answered('refused') };
    case 'order-service.reject-if-pending': {
      if (status === 'confirmed') return { world, answer: answered('done', { outcome: 'already_confirmed' }) };
      const order = { ...world.order, confirmable: !guards.abortLocks };
      return { world: { ...world, order }, answer: answered('done', { outcome: 'aborted' }) };
    }
    case 'order-service.end-order': {
      if (status === 'confirmed') return done(broken(world, 'a confirmed order is ended'));
      const end = {
        pending: 'rejected',
        cancelling: 'cancelled',
        rejected: 'rejected',
        cancelled: 'cancelled',
      } as const;
      return done({ ...world, order: { ...world.order, status: end[status] } });
    }
    default:
      throw new Error(`nobody takes ${type}`);
  }
}

function releaseStock(world: World, saga: SagaName): World {
  const moneyIsOut = world.payment === 'held' || world.payment === 'captured';
  if (saga === 'place' && moneyIsOut) return broken(world, 'stock is released before the money is given back');
  if (world.order.status === 'confirmed') return broken(world, 'the stock of a confirmed order is released');
  return world.stock === 'reserved' ? { ...world, stock: 'released' } : world;
}

function capture(world: World): World {
  const { status } = world.order;
  if (world.payment !== 'held') return world;
  if (status !== 'confirmed' && status !== 'cancelling')
    return broken(world, `money is captured for an order that is ${status}`);
  return { ...world, payment: 'captured' };
}

function refund(world: World, saga: SagaName): Outcome {
  if (saga === 'place' && world.order.status === 'confirmed')
    return done(broken(world, 'a confirmed order is refunded'));
  if (world.payment === 'asked') return { world, answer: pending };
  if (world.payment === 'held') return done({ ...world, payment: 'voided' });
  return done(world.payment === 'captured' ? { ...world, payment: 'refunded' } : world);
}

function leaveTombstone(world: World, { saga, step }: Delivered, { tombstones }: Guards): World {
  const key = memoryKey(saga, step, 'forward');
  if (!tombstones || world.memory[key]) return world;
  return { ...world, memory: { ...world.memory, [key]: { state: 'tombstone', outcome: 'tombstoned' } } };
}

const pending: Remembered = { state: 'pending', outcome: 'done' };

function answered(outcome: ReplyOutcome, result?: Readonly<Record<string, string>>): Remembered {
  return result ? { state: 'answered', outcome, result } : { state: 'answered', outcome };
}

function done(world: World): Outcome {
  return { world, answer: answered('done') };
}

function broken(world: World, breach: string): World {
  return { ...world, breach: world.breach ?? breach };
}
