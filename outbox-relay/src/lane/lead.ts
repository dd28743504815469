import { backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { BrokerConnection } from '../broker/connection.ts';
import type { Crowding } from '../broker/queue-depths.ts';
import type { LaneMetrics } from '../metrics.ts';
import { recordFailures } from './blocked.ts';
import { Drain } from './drain.ts';
import { Housekeeping } from './housekeeping.ts';
import type { LaneLimits } from './limits.ts';
import type { Pace } from './pace.ts';
import { ChannelLostError, Publisher } from './publisher.ts';
import { Reader } from './reader.ts';
import type { OutboxRow } from './row.ts';
import type { Session } from './session.ts';
import type { Wake } from './wake.ts';

export interface LeadOptions {
  readonly session: Session;
  readonly database: string;
  readonly instance: string;
  readonly producer: string;
  readonly broker: BrokerConnection;
  readonly limits: LaneLimits;
  readonly pace: Pace;
  readonly crowding: Crowding;
  readonly wake: Wake;
  readonly metrics: LaneMetrics;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  readonly takePoke: () => boolean;
  readonly onTrouble: (trouble: string) => void;
}

const reopen = { minMs: 100, maxMs: 5_000 };
/** AMQP reply codes that tell of the topology or of permissions, not of a single message. */
const accessRefused = 403;
const notFound = 404;

/**
 * Drains while the lease is held, over one channel after another. It returns when the lane stops, another relay should lead, or the
 * connection to the broker is lost; it throws when the session is lost or a statement fails.
 *
 * When the channel is lost the outcome of what was unconfirmed is unknown, so those rows are sent again, from the first on. First
 * appearances stay in order, since each attempt sends in order. Who closed it decides what happens next:
 * - the connection went, or no confirm came: again over a new channel, after a growing pause;
 * - 404: an exchange was deleted; which are there is asked anew, and rows for a missing one wait without losing attempts;
 * - 403: the relay's user may not publish; nothing is at fault but the set-up, so all wait, and the lane is not ready;
 * - another code: some message was at fault. All suspects go alone; the one after which the channel closes again has failed.
 */
export async function lead(options: LeadOptions): Promise<void> {
  const { session, broker, limits, wake, metrics, logger, isStopping } = options;
  const housekeeping = new Housekeeping(options);
  const shared = {
    ...options,
    housekeeping,
    suspects: { count: 0 },
    nacks: new Map<number, number>(),
    shouldEnd: () => isStopping() || housekeeping.shouldHandOver,
    onBuried: (rows: readonly OutboxRow[]) => reportBuried(rows, metrics, logger),
  };
  const onCatchUp = (phase: 'begins' | 'ends', boundary: number) =>
    logger.info(`catching up with a backlog ${phase}`, { boundary });
  let losses = 0;
  while (!shared.shouldEnd() && broker.state() !== 'down') {
    let publisher: Publisher | undefined;
    let drain: Drain | undefined;
    try {
      publisher = await openPublisher(options);
      // A new one for each channel: what is unconfirmed of the last one has to come again in its place.
      const reader = new Reader({ ...options, mark: () => housekeeping.mark, onCatchUp });
      drain = new Drain({ ...shared, publisher, reader });
      await drain.run();
    } catch (error) {
      if (!(error instanceof ChannelLostError)) throw error;
      losses = drain?.hasProgressed ? 1 : losses + 1;
      if (broker.state() !== 'down') options.onTrouble(error.message);
      logger.warn('channel is lost', { error, unsettled: drain?.unsettled.length ?? 0 });
      broker.exchanges.forget();
      await judgeSuspects(error, drain?.unsettled ?? [], shared.suspects, {
        session,
        limits,
        onBuried: shared.onBuried,
      });
      await pause(backoffMs(losses, reopen), wake, () => shared.shouldEnd() || broker.state() === 'down');
    } finally {
      publisher?.abandon();
    }
  }
}

async function openPublisher({ broker, producer, wake, metrics }: LeadOptions): Promise<Publisher> {
  try {
    const channel = await broker.openConfirmChannel();
    const onConfirmSeconds = metrics.confirmed;
    return new Publisher({ channel, producer, onProgress: () => wake.signal(), onConfirmSeconds });
  } catch (error) {
    throw new ChannelLostError(error instanceof Error ? error.message : String(error));
  }
}

async function judgeSuspects(
  { code, message }: ChannelLostError,
  unsettled: readonly OutboxRow[],
  suspects: { count: number },
  {
    session,
    limits,
    onBuried,
  }: { session: Session; limits: LaneLimits; onBuried: (rows: readonly OutboxRow[]) => void },
): Promise<void> {
  if (code === undefined || code === accessRefused || code === notFound) return;
  const [only] = unsettled;
  if (suspects.count > 0 && only && unsettled.length === 1) {
    suspects.count -= 1;
    const { dead } = await recordFailures(
      session,
      [{ row: only, reason: message, counts: true, mayDie: true }],
      limits,
    );
    if (dead.length > 0) onBuried(dead);
  } else suspects.count = unsettled.length;
}

function reportBuried(rows: readonly OutboxRow[], metrics: LaneMetrics, logger: Logger): void {
  metrics.buried(rows.length);
  for (const { id, message_id, exchange, routing_key } of rows) {
    logger.error('message is put into outbox_dead', { id, message_id, exchange, routing_key });
  }
}

/** A pause that pokes do not shorten. */
async function pause(ms: number, wake: Wake, isOver: () => boolean): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; left > 0 && !isOver(); left = until - performance.now()) await wake.wait(left);
}
