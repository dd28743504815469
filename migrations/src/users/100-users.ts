import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const users100: Migration = { name: '100-users', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE users (
      id SERIAL PRIMARY KEY,
      email VARCHAR(255) UNIQUE NOT NULL,
      username VARCHAR(100) UNIQUE NOT NULL,
      hashed_password VARCHAR(255) NOT NULL,
      first_name VARCHAR(100),
      last_name VARCHAR(100),
      phone VARCHAR(20),
      address TEXT,
      is_active BOOLEAN DEFAULT TRUE,
      created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
      role VARCHAR(20) NOT NULL DEFAULT 'user',
      version INTEGER NOT NULL DEFAULT 1,
      erased_at TIMESTAMPTZ,
      CONSTRAINT users_role_known CHECK (role IN ('user', 'admin')),
      CONSTRAINT users_email_in_lower_case CHECK (email = lower(email)),
      CONSTRAINT users_complete CHECK (is_active IS NOT NULL AND created_at IS NOT NULL AND updated_at IS NOT NULL)
    );
    -- Anna and anna would be told apart by nobody but the database.
    CREATE UNIQUE INDEX users_username_any_case ON users (lower(username));
    CREATE INDEX users_admins ON users (id) WHERE role = 'admin';

    CREATE TABLE admin_changes (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      admin_id INTEGER NOT NULL,
      user_id INTEGER NOT NULL REFERENCES users (id),
      field TEXT NOT NULL,
      old_value TEXT,
      new_value TEXT,
      request_id TEXT NOT NULL,
      changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
    );
    CREATE INDEX admin_changes_by_user ON admin_changes (user_id, id DESC);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE admin_changes, users');
}
