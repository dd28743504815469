import type { Knex } from 'knex';

/**
 * Messages that wait for the relay. `id` orders (per aggregate it follows the commits), `message_id` identifies.
 * The primary key is the only index: every insert and delete pays for each further one.
 * The payload is text, serialised once by the producer, so that nobody parses it on the way.
 */
export async function createOutbox(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE outbox (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      message_id uuid NOT NULL,
      exchange text NOT NULL DEFAULT 'shop.events',
      routing_key text NOT NULL,
      aggregate_type text NOT NULL,
      aggregate_id text NOT NULL,
      aggregate_version bigint NOT NULL,
      headers text,
      payload text NOT NULL CHECK (octet_length(payload) < 1048576),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      attempts smallint NOT NULL DEFAULT 0,
      next_attempt_at timestamptz,
      last_error text
    ) WITH (
      autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_threshold = 5000,
      autovacuum_vacuum_cost_delay = 0,
      autovacuum_vacuum_insert_threshold = -1
    )`);
  // outbox_id is the row that failed first; the aggregate's later rows wait until it is published or dead.
  await knex.raw(`
    CREATE TABLE outbox_blocked (
      aggregate_type text NOT NULL,
      aggregate_id text NOT NULL,
      outbox_id bigint NOT NULL,
      until timestamptz NOT NULL,
      reason text NOT NULL,
      PRIMARY KEY (aggregate_type, aggregate_id)
    )`);
  await knex.raw(`
    CREATE TABLE outbox_dead (
      LIKE outbox,
      dead_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (id)
    )`);
  await createRequeue(knex);
}

/**
 * Puts a dead row back with a new id and no attempts: an id below those already drained would never be read again.
 * It runs with the owner's rights, so that the relay's role can requeue a message but not make one up.
 */
async function createRequeue(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION requeue_dead_outbox(dead_id bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
      WITH dead AS (DELETE FROM outbox_dead WHERE id = dead_id RETURNING *)
      INSERT INTO outbox (message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, headers, payload)
      SELECT message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, headers, payload FROM dead
      RETURNING id
    $$`);
  await knex.raw('REVOKE ALL ON FUNCTION requeue_dead_outbox(bigint) FROM PUBLIC');
}

export async function dropOutbox(knex: Knex): Promise<void> {
  await knex.raw('DROP FUNCTION requeue_dead_outbox(bigint)');
  await knex.raw('DROP TABLE outbox_dead, outbox_blocked, outbox');
}

/** What the relay may do: read and delete messages, count their failures, park, bury and requeue them. */
export async function grantOutbox(knex: Knex, relayRole: string): Promise<void> {
  await knex.raw('GRANT SELECT, DELETE ON outbox TO ??', [relayRole]);
  await knex.raw('GRANT UPDATE (attempts, next_attempt_at, last_error) ON outbox TO ??', [relayRole]);
  await knex.raw('GRANT SELECT ON SEQUENCE outbox_id_seq TO ??', [relayRole]);
  await knex.raw('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_blocked, outbox_dead TO ??', [relayRole]);
  await knex.raw('GRANT EXECUTE ON FUNCTION requeue_dead_outbox(bigint) TO ??', [relayRole]);
}
