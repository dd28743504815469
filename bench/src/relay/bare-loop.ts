import { connect } from 'amqplib';
import pg from 'pg';

interface Row {
  readonly id: string;
  readonly message_id: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly headers: string;
  readonly payload: string;
}

/**
 * The reference: select, publish with confirms, delete, as an engineer writes it who knows both servers. Batches of 500, one confirm
 * channel, persistent and mandatory messages, named statements, and deletes that do not wait for the disk, as the relay's. It has no
 * lease, looks at nothing that fails, and stops at the first error.
 */
const { DATABASE_URL = '', AMQP_URL = '' } = process.env;
const batchSize = 500;

const client = new pg.Client({ connectionString: DATABASE_URL, options: '-c synchronous_commit=off' });
await client.connect();
const connection = await connect(AMQP_URL, { noDelay: true });
const channel = await connection.createConfirmChannel();

process.once('SIGTERM', () => process.exit());
process.on('message', ({ rows }: { rows: number }) => void drain(rows));
process.send?.('ready');

async function drain(total: number): Promise<void> {
  for (let done = 0; done < total; ) {
    const { rows } = await client.query<Row>({
      name: 'read',
      text: `SELECT id, message_id, exchange, routing_key, headers, payload FROM outbox ORDER BY id LIMIT ${batchSize}`,
    });
    for (const row of rows) {
      channel.publish(row.exchange, row.routing_key, Buffer.from(row.payload), {
        messageId: row.message_id,
        type: row.routing_key,
        contentType: 'application/json',
        correlationId: JSON.parse(row.headers).correlation_id,
        persistent: true,
        mandatory: true,
      });
    }
    await channel.waitForConfirms();
    const values = [rows.map(({ id }) => id)];
    await client.query({ name: 'delete', text: 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])', values });
    done += rows.length;
  }
}
