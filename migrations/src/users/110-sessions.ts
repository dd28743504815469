import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const sessions110: Migration = { name: '110-sessions', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE signing_keys (
      kid TEXT PRIMARY KEY,
      private_key_pem TEXT NOT NULL,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      retired_at TIMESTAMPTZ
    );
    REVOKE ALL ON signing_keys FROM PUBLIC;

    -- A session is the family of all refresh tokens that descend from one login.
    CREATE TABLE sessions (
      sid UUID PRIMARY KEY,
      user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      expires_at TIMESTAMPTZ NOT NULL,
      revoked_at TIMESTAMPTZ,
      revoked_because TEXT,
      announced_at TIMESTAMPTZ,
      CONSTRAINT sessions_reason_known CHECK (revoked_because IN
        ('logout', 'refresh_reuse', 'password_change', 'role_change', 'deactivation', 'erasure')),
      CONSTRAINT sessions_reason_given CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
    );
    CREATE INDEX sessions_live_by_user ON sessions (user_id) WHERE revoked_at IS NULL;
    CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;
    CREATE INDEX sessions_unannounced ON sessions (revoked_at) WHERE revoked_at IS NOT NULL AND announced_at IS NULL;
    CREATE INDEX sessions_by_expiry ON sessions (expires_at);

    CREATE TABLE refresh_tokens (
      token_hash BYTEA PRIMARY KEY,
      sid UUID NOT NULL REFERENCES sessions (sid) ON DELETE CASCADE,
      issued_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      expires_at TIMESTAMPTZ NOT NULL,
      rotated_at TIMESTAMPTZ
    );
    CREATE INDEX refresh_tokens_by_session ON refresh_tokens (sid);
    CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE refresh_tokens, sessions, signing_keys');
}
