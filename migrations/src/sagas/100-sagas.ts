import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const sagas100: Migration = { name: '100-sagas', up, down };

async function up(knex: Knex): Promise<void> {
  await createDefinitions(knex);
  await createSagas(knex);
  await createSteps(knex);
  await createTimeline(knex);
  await createIntake(knex);
  await createOperation(knex);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP VIEW saga_step_attempts');
  await knex.raw(
    'DROP TABLE audits, dead_letters, admin_actions, early_cancels, saga_events, saga_steps, sagas, saga_definitions',
  );
  await knex.raw('DROP FUNCTION refuse_change()');
}

async function createDefinitions(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE saga_definitions (
      type text NOT NULL,
      version integer NOT NULL CHECK (version >= 1),
      hash text NOT NULL,
      graph jsonb NOT NULL,
      registered_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (type, version)
    )`);
}

/**
 * Most updates of a saga change no indexed column, so they stay in its page: next_wakeup_at is only moved when it must be,
 * and the other indexes cover what changes rarely.
 */
async function createSagas(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE sagas (
      id uuid PRIMARY KEY,
      type text NOT NULL,
      definition_version integer NOT NULL,
      order_id integer NOT NULL,
      user_id integer NOT NULL,
      state text NOT NULL CHECK (state IN ('running', 'compensating', 'completed', 'compensated', 'paused', 'needs_attention')),
      phase text NOT NULL CHECK (phase IN ('running', 'compensating', 'completed', 'compensated')),
      pivot_passed boolean NOT NULL,
      cancel jsonb,
      failure jsonb,
      paused_at timestamptz,
      attention_code text,
      attention_at timestamptz,
      current_steps text[] NOT NULL,
      attempt integer NOT NULL,
      retrying boolean NOT NULL,
      next_retry_at timestamptz,
      last_error_code text,
      next_wakeup_at timestamptz,
      data jsonb NOT NULL,
      traceparent text,
      version integer NOT NULL,
      last_seq integer NOT NULL,
      created_at timestamptz NOT NULL,
      updated_at timestamptz NOT NULL,
      state_entered_at timestamptz NOT NULL,
      ended_at timestamptz,
      CONSTRAINT sagas_once_per_order UNIQUE (order_id, type),
      CONSTRAINT sagas_end_has_time CHECK ((phase IN ('completed', 'compensated')) = (ended_at IS NOT NULL)),
      CONSTRAINT sagas_end_never_wakes CHECK (ended_at IS NULL OR next_wakeup_at IS NULL)
    ) WITH (fillfactor = 70)`);
  await knex.raw('CREATE INDEX sagas_by_user ON sagas (user_id, id)');
  await knex.raw('CREATE INDEX sagas_to_wake ON sagas (next_wakeup_at) WHERE next_wakeup_at IS NOT NULL');
  await knex.raw('CREATE INDEX sagas_active ON sagas (state, state_entered_at) WHERE ended_at IS NULL');
  await knex.raw('CREATE INDEX sagas_by_end ON sagas (ended_at) WHERE ended_at IS NOT NULL');
  await knex.raw('CREATE INDEX sagas_by_begin ON sagas USING brin (created_at)');
  await knex.raw('CREATE INDEX sagas_with_attention ON sagas (attention_at) WHERE attention_code IS NOT NULL');
  await knex.raw('CREATE INDEX sagas_with_error ON sagas (last_error_code, id) WHERE last_error_code IS NOT NULL');
}

/** One row for each direction of a step, from its first command on. Written in one statement with its saga, so it needs no foreign key. */
async function createSteps(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE saga_steps (
      saga_id uuid NOT NULL,
      step text NOT NULL,
      direction text NOT NULL CHECK (direction IN ('forward', 'compensate', 'resolve')),
      kind text NOT NULL CHECK (kind IN ('compensatable', 'pivot', 'retriable')),
      state text NOT NULL CHECK (state IN ('pending', 'in_flight', 'retry_wait', 'succeeded', 'refused', 'unknown',
        'skipped', 'compensated', 'resolved_manually')),
      attempt integer NOT NULL CHECK (attempt >= 1),
      spent integer NOT NULL,
      first_sent_at timestamptz NOT NULL,
      last_sent_at timestamptz NOT NULL,
      wake_at timestamptz,
      settled_at timestamptz,
      outcome text,
      error_code text,
      error_detail text,
      PRIMARY KEY (saga_id, step, direction)
    ) WITH (fillfactor = 80)`);
}

/** What happened to each saga, line by line. Lines are only added; the attempts of its steps can be read from them. */
async function createTimeline(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE saga_events (
      saga_id uuid NOT NULL,
      seq integer NOT NULL,
      at timestamptz NOT NULL,
      kind text NOT NULL,
      step text,
      direction text,
      attempt integer,
      message_id uuid,
      causation_id text,
      actor text,
      reason text,
      detail jsonb,
      PRIMARY KEY (saga_id, seq)
    )`);
  await knex.raw('CREATE INDEX saga_events_by_time ON saga_events USING brin (at) WITH (autosummarize = on)');
  await knex.raw(`
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END
    $$`);
  await knex.raw(`
    CREATE TRIGGER saga_events_only_grow BEFORE UPDATE OR DELETE ON saga_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change()`);
  await knex.raw(`
    CREATE VIEW saga_step_attempts AS
    SELECT saga_id, step, direction, attempt,
      min(at) FILTER (WHERE kind = 'command.sent') AS sent_at,
      (array_agg(message_id) FILTER (WHERE kind = 'command.sent'))[1] AS command_id,
      (array_agg(detail ->> 'cause') FILTER (WHERE kind = 'command.sent'))[1] AS cause,
      bool_or(kind = 'deadline.passed') AS timed_out,
      min(at) FILTER (WHERE kind LIKE 'reply.%') AS replied_at,
      (array_agg(detail ->> 'outcome' ORDER BY seq) FILTER (WHERE kind LIKE 'reply.%'))[1] AS outcome,
      (array_agg(detail ->> 'code' ORDER BY seq) FILTER (WHERE kind LIKE 'reply.%'))[1] AS error_code,
      (array_agg(detail ->> 'detail' ORDER BY seq) FILTER (WHERE kind LIKE 'reply.%'))[1] AS error_detail
    FROM saga_events
    WHERE attempt IS NOT NULL
    GROUP BY saga_id, step, direction, attempt
    HAVING bool_or(kind = 'command.sent')`);
}

/** Requests to cancel that came before their order's saga; it takes them up when it begins. */
async function createIntake(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE early_cancels (
      saga_id uuid PRIMARY KEY,
      order_id integer NOT NULL,
      message_id uuid NOT NULL,
      reason text,
      received_at timestamptz NOT NULL DEFAULT now()
    )`);
}

async function createOperation(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE admin_actions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      saga_id uuid NOT NULL REFERENCES sagas(id),
      action text NOT NULL,
      actor text NOT NULL,
      reason text NOT NULL,
      request jsonb NOT NULL,
      expected_version integer NOT NULL,
      resulting_version integer NOT NULL,
      request_id text NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    )`);
  await knex.raw('CREATE INDEX admin_actions_by_saga ON admin_actions (saga_id, id)');
  await knex.raw(`
    CREATE TABLE dead_letters (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      message_id text NOT NULL,
      queue text NOT NULL,
      type text NOT NULL,
      correlation_id text,
      order_id integer,
      reason_code text NOT NULL,
      reason_detail text,
      retry_count integer NOT NULL,
      payload text NOT NULL,
      state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'gone')),
      times integer NOT NULL DEFAULT 1,
      first_failed_at timestamptz NOT NULL,
      last_failed_at timestamptz NOT NULL,
      replayed_at timestamptz,
      replayed_by text,
      replay_reason text,
      UNIQUE (message_id, queue)
    )`);
  await knex.raw("CREATE INDEX dead_letters_open ON dead_letters (id) WHERE state = 'open'");
  await knex.raw('CREATE INDEX dead_letters_by_order ON dead_letters (order_id) WHERE order_id IS NOT NULL');
  await knex.raw(`
    CREATE TABLE audits (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL,
      actor text NOT NULL,
      clean boolean NOT NULL,
      report jsonb NOT NULL
    )`);
}
