import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

export const imports130: Migration = { name: '130-imports', up, down };

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE imports (
      id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      state VARCHAR(20) NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'accepted', 'running', 'completed', 'failed')),
      format VARCHAR(10) NOT NULL CHECK (format IN ('csv', 'jsonl')),
      actor VARCHAR(100) NOT NULL,
      request_id TEXT NOT NULL,
      traceparent TEXT NOT NULL,
      bytes BIGINT NOT NULL DEFAULT 0,
      processed INTEGER NOT NULL DEFAULT 0,
      created INTEGER NOT NULL DEFAULT 0,
      updated INTEGER NOT NULL DEFAULT 0,
      unchanged INTEGER NOT NULL DEFAULT 0,
      failed INTEGER NOT NULL DEFAULT 0,
      error TEXT,
      -- Which worker has it, and until when nobody else may take it. attempts counts claims since the last progress.
      owner UUID,
      owned_until TIMESTAMPTZ,
      attempts INTEGER NOT NULL DEFAULT 0,
      created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
      finished_at TIMESTAMPTZ,
      CONSTRAINT imports_add_up CHECK (processed = created + updated + unchanged + failed)
    );
    CREATE INDEX imports_open ON imports (id) WHERE state IN ('receiving', 'accepted', 'running');

    -- The file as it came, until its last line is processed: any instance can go on where another one died.
    CREATE TABLE import_chunks (
      import_id INTEGER NOT NULL REFERENCES imports(id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      bytes BYTEA NOT NULL,
      PRIMARY KEY (import_id, seq)
    );

    -- The SKUs of an import under way: each may stand in a file once.
    CREATE TABLE import_skus (
      import_id INTEGER NOT NULL REFERENCES imports(id) ON DELETE CASCADE,
      sku VARCHAR(100) NOT NULL,
      PRIMARY KEY (import_id, sku)
    );

    CREATE TABLE import_faults (
      id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      import_id INTEGER NOT NULL REFERENCES imports(id) ON DELETE CASCADE,
      line INTEGER NOT NULL,
      field TEXT NOT NULL,
      code TEXT NOT NULL,
      detail TEXT NOT NULL
    );
    CREATE INDEX import_faults_by_import ON import_faults (import_id, id);
  `);
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE import_faults, import_skus, import_chunks, imports');
}
