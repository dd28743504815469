import { connect } from 'amqplib';

/** What the broker takes from one channel without a database: persistent, mandatory messages of 500 bytes, at most 1,000 unconfirmed. */
const { AMQP_URL = '' } = process.env;
const window = 1_000;
const content = Buffer.from(JSON.stringify({ data: 'x'.repeat(489) }));

const connection = await connect(AMQP_URL, { noDelay: true });
const channel = await connection.createConfirmChannel();

process.once('SIGTERM', () => process.exit());
process.on('message', ({ rows }: { rows: number }) => publish(rows));
process.send?.('ready');

function publish(total: number): void {
  let sent = 0;
  const next = () => {
    sent += 1;
    const options = { messageId: `message-${sent}`, type: 'order.created', persistent: true, mandatory: true };
    channel.publish('shop.events', 'order.created', content, options, () => {
      if (sent < total) next();
    });
  };
  while (sent < Math.min(window, total)) next();
}
