import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const notifications100: Migration = { name: '100-notifications', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A projection of user events: whom to write to. An erased user keeps the row, so that a late event cannot bring the address back.
    CREATE TABLE recipients (
      user_id INTEGER PRIMARY KEY,
      email VARCHAR(255),
      name VARCHAR(100) NOT NULL,
      version INTEGER NOT NULL,
      erased_at TIMESTAMPTZ,
      CONSTRAINT recipients_erased_or_reachable CHECK ((email IS NULL) = (erased_at IS NOT NULL))
    );

    CREATE TABLE notifications (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      user_id INTEGER NOT NULL,
      order_id INTEGER,
      event_id UUID NOT NULL,
      template TEXT NOT NULL,
      to_address VARCHAR(255) NOT NULL,
      subject TEXT NOT NULL,
      body_text TEXT NOT NULL,
      body_html TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'queued',
      attempts SMALLINT NOT NULL DEFAULT 0,
      next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      last_error TEXT,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      sent_at TIMESTAMPTZ,
      CONSTRAINT notifications_once_per_event UNIQUE (event_id, template),
      CONSTRAINT notifications_state_known CHECK (state IN ('queued', 'sent', 'failed')),
      CONSTRAINT notifications_sent_has_time CHECK ((state = 'sent') = (sent_at IS NOT NULL))
    );
    CREATE INDEX notifications_due ON notifications (next_attempt_at, id) WHERE state = 'queued';
    CREATE INDEX notifications_by_user ON notifications (user_id, id DESC);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE notifications, recipients');
}
