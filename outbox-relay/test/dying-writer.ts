import { createDatabase } from '@sagacity/chassis/db/database';
import { afterCommit, inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { appendToOutbox } from '@sagacity/chassis/outbox/append';

// A service that is killed right after its commit: `node dying-writer.ts <database url>`.
const db = createDatabase({ url: process.argv[2] ?? '', applicationName: 'dying writer', poolMax: 1 });
await inTransaction(db, async (trx) => {
  afterCommit(trx, () => process.kill(process.pid, 'SIGKILL'));
  appendToOutbox(trx, {
    messageId: uuid7(),
    exchange: 'shop.events',
    routingKey: 'order.created',
    aggregate: { type: 'order', id: 'written', version: 1 },
    context: { correlationId: 'order-written' },
    body: { order: 'written' },
  });
});
