import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';
import { relayRole } from '../relay-role.ts';

/** What operators do to an outbox: a pause of its lane, which outlives relays, and a record of who did what and why. */
export const outboxOperation: Migration = {
  name: '002-outbox-operation',
  up: async (knex) => {
    await createOutboxOperation(knex);
    await knex.raw('GRANT SELECT, INSERT, DELETE ON outbox_pause TO ??', [relayRole]);
    await knex.raw('GRANT SELECT, INSERT ON outbox_actions TO ??', [relayRole]);
  },
  down: async (knex) => {
    await knex.raw('DROP TABLE outbox_actions, outbox_pause');
  },
};

async function createOutboxOperation(knex: Knex): Promise<void> {
  // At most one row: while it is there, nothing is published.
  await knex.raw(`
    CREATE TABLE outbox_pause (
      is_paused boolean PRIMARY KEY DEFAULT true CHECK (is_paused),
      paused_by text NOT NULL,
      reason text NOT NULL,
      since timestamptz NOT NULL DEFAULT now()
    )`);
  // Payloads are left out: what is forgotten on purpose should not live on here.
  await knex.raw(`
    CREATE TABLE outbox_actions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL DEFAULT now(),
      done_by text NOT NULL,
      action text NOT NULL,
      outbox_id bigint,
      message_id uuid,
      routing_key text,
      reason text
    )`);
}
