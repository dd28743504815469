import type { Knex } from 'knex';

/**
 * What a saga participant did with each command, by idempotency key: the stored reply is sent again to a duplicate,
 * `pending` waits for a later answer, and a `tombstone` refuses a command that comes after its compensation.
 */
export async function createProcessedCommands(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE processed_commands (
      idempotency_key text PRIMARY KEY,
      command_type text,
      state text NOT NULL CHECK (state IN ('pending', 'answered', 'tombstone')),
      outcome text,
      reply jsonb,
      saga jsonb,
      last_command_id uuid,
      context jsonb,
      processed_at timestamptz NOT NULL DEFAULT now()
    )`);
}

export async function dropProcessedCommands(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE processed_commands');
}
