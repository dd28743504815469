import { allEnded } from '../db/all-ended.ts';
import type { Db, Trx } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { claimMessages } from '../inbox/inbox.ts';
import type { IncomingMessage, MessageHandler } from './handlers.ts';
import type { Accepted } from './incoming.ts';

export type BatchResult = 'handled' | 'duplicate';

/**
 * Handles messages in one transaction, in their order: marks them in the inbox, runs their handlers, writes the outbox, commits.
 * When it rejects, none of it took effect. Returns one result per message.
 */
export function handleBatch(
  db: Db,
  consumer: string,
  items: readonly Accepted[],
  options: { readonly attempts?: number } = {},
): Promise<readonly BatchResult[]> {
  const ids = items.map(({ message }) => message.messageId);
  return inTransaction(
    db,
    async (trx) => {
      // Prepared are duplicates, too: what is read for them travels along, and to wait until they are known takes longer.
      const [fresh] = await allEnded([claimMessages(trx, consumer, ids), prepareAll(trx, items)]);
      // The same message can be in a batch twice; only its first occurrence is new.
      const results = items.map(({ message }) => (fresh.delete(message.messageId) ? 'handled' : 'duplicate'));
      await handleAll(
        trx,
        items.filter(({ handler }, n) => results[n] === 'handled' || handler.duplicates === 'handle'),
      );
      return results;
    },
    options,
  );
}

/** In their order: independent messages that follow each other side by side, all others alone. */
async function handleAll(trx: Trx, items: readonly Accepted[]): Promise<void> {
  for (let from = 0; from < items.length; ) {
    let to = from + 1;
    if (items[from]?.handler.isIndependent) while (items[to]?.handler.isIndependent) to += 1;
    await handleSideBySide(trx, items.slice(from, to));
    from = to;
  }
}

async function handleSideBySide(trx: Trx, items: readonly Accepted[]): Promise<void> {
  const undertakings = Map.groupBy(items, ({ message }) => message.context.correlationId);
  const inOrder = async (group: readonly Accepted[]) => {
    for (const { handler, message } of group) await handler.handle(trx, message);
  };
  await allEnded([...undertakings.values()].map(inOrder));
}

async function prepareAll(trx: Trx, items: readonly Accepted[]): Promise<void> {
  await allEnded([...groupByPrepare(items)].map(([prepare, messages]) => prepare(trx, messages)));
}

type Prepare = NonNullable<MessageHandler['prepare']>;

function groupByPrepare(items: readonly Accepted[]): Map<Prepare, IncomingMessage[]> {
  const groups = new Map<Prepare, IncomingMessage[]>();
  for (const { handler, message } of items) {
    if (!handler.prepare) continue;
    const group = groups.get(handler.prepare);
    if (group) group.push(message);
    else groups.set(handler.prepare, [message]);
  }
  return groups;
}

/** Tells the sender of a message that it is about to be dead-lettered, where its handler knows how to. */
export async function reportDeadLetter(
  db: Db,
  { handler, message }: { readonly handler?: MessageHandler; readonly message: IncomingMessage },
  reason: { readonly code: string; readonly detail: string },
): Promise<void> {
  const report = handler?.onDeadLetter;
  if (report) await inTransaction(db, (trx: Trx) => report(trx, message, reason));
}
