import { connect } from 'amqplib';
import pg from 'pg';
import { DatabaseSetup, getDisabledLogger, initializePollingMessageListener } from 'pg-transactional-outbox';

// pg-transactional-outbox in its polling mode, as its documentation lays it out for an outbox: its own table, function and indexes,
// protection against poisonous messages off, each aggregate a segment of its own, so that order per aggregate holds and different
// aggregates go side by side. Larger batches and a shorter interval than its defaults (5, and 500 ms), which would be slower.
const { DATABASE_URL, AMQP_URL, DATABASE_NAME } = process.env;
const table = {
  outboxOrInbox: 'outbox',
  database: DATABASE_NAME,
  schema: 'public',
  table: 'polled_outbox',
  listenerRole: 'order_service',
  nextMessagesName: 'next_polled_messages',
};

const client = new pg.Client({ connectionString: DATABASE_URL });
await client.connect();
for (const part of ['dropAndCreateTable', 'createPollingFunction', 'setupPollingIndexes']) {
  await client.query(DatabaseSetup[part](table));
}
await client.end();

const connection = await connect(AMQP_URL, { noDelay: true });
const channel = await connection.createConfirmChannel();
const publish = (message) =>
  new Promise((resolve, reject) => {
    const content = Buffer.from(JSON.stringify(message.payload));
    const options = { messageId: message.id, type: message.messageType, persistent: true, mandatory: true };
    channel.publish('shop.events', message.messageType, content, options, (error) =>
      error ? reject(error) : resolve(),
    );
  });

process.once('SIGTERM', () => process.exit());
process.once('message', () => {
  initializePollingMessageListener(
    {
      outboxOrInbox: 'outbox',
      dbListenerConfig: { connectionString: DATABASE_URL, max: 20 },
      settings: {
        dbSchema: 'public',
        dbTable: table.table,
        enableMaxAttemptsProtection: false,
        enablePoisonousMessageProtection: false,
        nextMessagesFunctionName: table.nextMessagesName,
        nextMessagesBatchSize: 20,
        nextMessagesPollingIntervalInMs: 10,
      },
    },
    { handle: publish },
    getDisabledLogger(),
  );
});
process.send('ready');
