import type { Knex } from 'knex';

/**
 * Messages that were consumed. The key is partitioned by the uuid v7 itself, whose first 48 bits are its milliseconds:
 * the key stays unique over all partitions, a look-up touches one, and retention drops whole partitions.
 * Rows that no daily partition covers go to the default one, so that an insert never fails.
 */
export async function createInbox(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE inbox (
      message_id uuid NOT NULL,
      consumer text NOT NULL,
      received_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (message_id, consumer)
    ) PARTITION BY RANGE (message_id)`);
  await knex.raw('CREATE TABLE inbox_default PARTITION OF inbox DEFAULT');
  await createDayBound(knex);
  await createEnsure(knex);
  await createDrop(knex);
}

/** The least uuid v7 that a day (UTC) can have. */
async function createDayBound(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION inbox_day_bound(day date) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT AS $$
      SELECT (lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
    $$`);
}

/**
 * A partition cannot be added while the default one holds rows that belong into it. So the new table is filled with them first
 * and attached afterwards. Inserts wait meanwhile, at the parent: one that had chosen the default partition before would fail,
 * since that no longer takes its row.
 */
async function createEnsure(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION ensure_inbox_partitions(days_ahead integer DEFAULT 7) RETURNS integer
    LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
    DECLARE
      today date := (now() AT TIME ZONE 'UTC')::date;
      day date;
      partition_name text;
      created integer := 0;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('inbox partitions'));
      FOR day IN SELECT today + n FROM generate_series(-1, days_ahead) AS n LOOP
        partition_name := 'inbox_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(partition_name) IS NOT NULL;
        LOCK TABLE ONLY inbox IN SHARE ROW EXCLUSIVE MODE;
        LOCK TABLE inbox_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE %I (LIKE inbox INCLUDING ALL)', partition_name);
        EXECUTE format(
          'WITH moved AS (DELETE FROM inbox_default WHERE message_id >= %L AND message_id < %L RETURNING *)
           INSERT INTO %I SELECT * FROM moved',
          inbox_day_bound(day), inbox_day_bound(day + 1), partition_name);
        EXECUTE format(
          'ALTER TABLE inbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
          partition_name, inbox_day_bound(day), inbox_day_bound(day + 1));
        created := created + 1;
      END LOOP;
      RETURN created;
    END
    $$`);
}

/** Drops the partitions of days that ended more than that many days ago, and as old rows of the default one. */
async function createDrop(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION drop_inbox_partitions(older_than_days integer) RETURNS integer
    LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
    DECLARE
      oldest_kept date := (now() AT TIME ZONE 'UTC')::date - older_than_days;
      partition_name text;
      dropped integer := 0;
    BEGIN
      IF older_than_days < 1 THEN
        RAISE EXCEPTION 'the inbox keeps at least one day, not %', older_than_days;
      END IF;
      PERFORM pg_advisory_xact_lock(hashtext('inbox partitions'));
      FOR partition_name IN
        SELECT relation.relname FROM pg_inherits
        JOIN pg_class AS relation ON relation.oid = inhrelid
        WHERE inhparent = 'inbox'::regclass
          AND relation.relname ~ '^inbox_[0-9]{8}$'
          AND relation.relname < 'inbox_' || to_char(oldest_kept, 'YYYYMMDD')
        ORDER BY relation.relname
      LOOP
        EXECUTE format('DROP TABLE %I', partition_name);
        dropped := dropped + 1;
      END LOOP;
      DELETE FROM inbox_default WHERE message_id < inbox_day_bound(oldest_kept);
      RETURN dropped;
    END
    $$`);
}

export async function dropInbox(knex: Knex): Promise<void> {
  await knex.raw('DROP FUNCTION drop_inbox_partitions(integer), ensure_inbox_partitions(integer)');
  await knex.raw('DROP TABLE inbox');
  await knex.raw('DROP FUNCTION inbox_day_bound(date)');
}
