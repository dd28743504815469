import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { type ConsumeMessage, connect } from 'amqplib';
import pg from 'pg';
import { type ConsumerWorld, queue, type Running } from './consumer-world.ts';

/**
 * The reference: inbox, update, outbox, commit, acknowledge, as an engineer writes it who knows both servers: one connection, named
 * statements with arrays, so that a batch is one round trip for each table. It holds nothing against a schema and has no answer to
 * any fault. Both ways keep the order of the queue.
 */
export async function startHandWritten(
  { database, vhost }: ConsumerWorld,
  { batch }: { readonly batch: number },
): Promise<Running> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const connection = await connect(vhost.url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.prefetch(200);
  const waiting: ConsumeMessage[] = [];
  let working: Promise<void> | undefined;
  const workOff = async () => {
    // What the socket has just brought is handed over one by one within this turn of the event loop.
    await Promise.resolve();
    while (waiting.length > 0) {
      const messages = waiting.splice(0, batch);
      await handle(client, messages);
      const last = messages.at(-1);
      if (last) channel.ack(last, true);
    }
    working = undefined;
  };
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (!message) throw new Error('the consumer was cancelled');
    waiting.push(message);
    working ??= workOff();
  });
  return {
    stop: async () => {
      await channel.cancel(consumerTag);
      await working;
      await connection.close();
      await client.end();
    },
  };
}

async function handle(client: pg.Client, messages: readonly ConsumeMessage[]): Promise<void> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ message_id: string }>({
    name: 'inbox',
    text: `INSERT INTO inbox (message_id, consumer) SELECT id, $2 FROM unnest($1::uuid[]) AS id
      ON CONFLICT DO NOTHING RETURNING message_id`,
    values: [messages.map(({ properties }) => properties.messageId), queue],
  });
  const fresh = new Set(rows.map(({ message_id }) => message_id));
  const ids = messages
    .filter(({ properties }) => fresh.has(properties.messageId))
    .map(({ content }): number => JSON.parse(content.toString()).id);
  await client.query({
    name: 'update',
    text: `UPDATE counts SET n = counts.n + more.n
      FROM (SELECT id, count(*) AS n FROM unnest($1::int[]) AS id GROUP BY id ORDER BY id) AS more
      WHERE counts.id = more.id`,
    values: [ids],
  });
  await client.query({
    name: 'outbox',
    text: `INSERT INTO outbox (message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
      SELECT message_id, 'shop.events', 'order.answered', 'order', id::text, 1, payload
      FROM unnest($1::uuid[], $2::int[], $3::text[]) AS sent (message_id, id, payload)`,
    values: [ids.map(() => uuid7()), ids, ids.map((id) => JSON.stringify({ id }))],
  });
  await client.query('COMMIT');
}
