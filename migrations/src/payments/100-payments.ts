import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE payments (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      order_id integer NOT NULL,
      user_id integer NOT NULL,
      amount_cents bigint NOT NULL CHECK (amount_cents > 0),
      currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
      provider text NOT NULL,
      method_token text NOT NULL CONSTRAINT payments_no_card_numbers CHECK (method_token !~ '^[0-9 -]{12,}$'),
      idempotency_key text NOT NULL CONSTRAINT payments_idempotency_key UNIQUE,
      state text NOT NULL CONSTRAINT payments_state CHECK (state IN ('created', 'unknown', 'authorized', 'captured',
        'partially_refunded', 'refunded', 'voided', 'failed', 'orphaned')),
      provider_reference text,
      failure_code text,
      captured_cents bigint NOT NULL DEFAULT 0,
      refunding_cents bigint NOT NULL DEFAULT 0 CHECK (refunding_cents >= 0),
      refunded_cents bigint NOT NULL DEFAULT 0 CHECK (refunded_cents >= 0),
      capture_key text,
      return_requested boolean NOT NULL DEFAULT false,
      return_keys text[] NOT NULL DEFAULT '{}',
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT payments_captured_within_amount CHECK (captured_cents BETWEEN 0 AND amount_cents),
      CONSTRAINT payments_refunds_within_captured CHECK (refunding_cents + refunded_cents <= captured_cents),
      CONSTRAINT payments_captured_states CHECK (CASE
        WHEN state IN ('captured', 'partially_refunded', 'refunded') THEN captured_cents > 0
        ELSE captured_cents = 0 OR state = 'orphaned' END),
      CONSTRAINT payments_refunded_in_full CHECK (state <> 'refunded' OR refunded_cents = captured_cents),
      CONSTRAINT payments_provider_reference UNIQUE (provider, provider_reference)
    )`);
  await knex.raw(`CREATE UNIQUE INDEX payments_one_active_per_order ON payments (order_id)
    WHERE state NOT IN ('refunded', 'voided', 'failed', 'orphaned')`);
  await knex.raw('CREATE INDEX payments_by_order ON payments (order_id, id)');
  await knex.raw(`
    CREATE TABLE refunds (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      payment_id bigint NOT NULL REFERENCES payments (id),
      amount_cents bigint NOT NULL CHECK (amount_cents > 0),
      state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'succeeded', 'failed')),
      idempotency_key text NOT NULL CONSTRAINT refunds_idempotency_key UNIQUE,
      requested_by text NOT NULL,
      reason text,
      error_code text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      settled_at timestamptz,
      CONSTRAINT refunds_settled CHECK ((state = 'pending') = (settled_at IS NULL))
    )`);
  await knex.raw('CREATE INDEX refunds_by_payment ON refunds (payment_id, id)');
  await knex.raw(`
    CREATE TABLE payment_attempts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      payment_id bigint NOT NULL REFERENCES payments (id),
      operation text NOT NULL CHECK (operation IN ('authorise', 'capture', 'void', 'refund')),
      refund_id bigint REFERENCES refunds (id),
      amount_cents bigint NOT NULL CHECK (amount_cents > 0),
      provider_key text NOT NULL CONSTRAINT payment_attempts_provider_key UNIQUE,
      context text NOT NULL,
      state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'unknown', 'succeeded', 'refused')),
      calls integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz,
      error_code text,
      error_detail text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      settled_at timestamptz,
      CONSTRAINT payment_attempts_refund CHECK ((operation = 'refund') = (refund_id IS NOT NULL)),
      CONSTRAINT payment_attempts_settled
        CHECK ((state IN ('pending', 'unknown')) = (settled_at IS NULL AND next_attempt_at IS NOT NULL))
    )`);
  await knex.raw(`CREATE UNIQUE INDEX payment_attempts_one_open ON payment_attempts (payment_id)
    WHERE state IN ('pending', 'unknown')`);
  await knex.raw(`CREATE INDEX payment_attempts_due ON payment_attempts (next_attempt_at)
    WHERE state IN ('pending', 'unknown')`);
  await knex.raw('CREATE INDEX payment_attempts_by_payment ON payment_attempts (payment_id, id)');
  await knex.raw(`
    CREATE TABLE webhook_inbox (
      provider text NOT NULL,
      event_id text NOT NULL,
      type text NOT NULL,
      payment_id bigint REFERENCES payments (id),
      outcome text NOT NULL CHECK (outcome IN ('applied', 'late', 'unmatched', 'mismatch')),
      payload text NOT NULL,
      received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (provider, event_id)
    )`);
  await knex.raw('CREATE INDEX webhook_inbox_by_age ON webhook_inbox (received_at)');
  await guardAmounts(knex);
}

/** Sums of refunds are kept on the payment by the database itself, so that no writer can forget them. */
async function guardAmounts(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION payments_keep_captured() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.captured_cents < OLD.captured_cents THEN
        RAISE EXCEPTION 'the captured amount of payment % never falls', OLD.id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_captured_never_falls';
      END IF;
      RETURN NEW;
    END $$`);
  await knex.raw(`CREATE TRIGGER payments_keep_captured BEFORE UPDATE OF captured_cents ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_keep_captured()`);
  await knex.raw(`
    CREATE FUNCTION refunds_keep_sums() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND (OLD.state <> 'pending' OR NEW.amount_cents <> OLD.amount_cents
          OR NEW.payment_id <> OLD.payment_id) THEN
        RAISE EXCEPTION 'refund % is settled, or its amount would change', OLD.id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_settle_once';
      END IF;
      UPDATE payments SET
        refunding_cents = refunding_cents
          + CASE WHEN NEW.state = 'pending' THEN NEW.amount_cents ELSE 0 END
          - CASE WHEN TG_OP = 'UPDATE' THEN NEW.amount_cents ELSE 0 END,
        refunded_cents = refunded_cents + CASE WHEN NEW.state = 'succeeded' THEN NEW.amount_cents ELSE 0 END
      WHERE id = NEW.payment_id;
      RETURN NULL;
    END $$`);
  await knex.raw(`CREATE TRIGGER refunds_keep_sums AFTER INSERT OR UPDATE ON refunds
    FOR EACH ROW EXECUTE FUNCTION refunds_keep_sums()`);
  await knex.raw(`
    CREATE FUNCTION refunds_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'refund % is part of the books and stays', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_stay';
    END $$`);
  await knex.raw('CREATE TRIGGER refunds_stay BEFORE DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION refunds_stay()');
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE webhook_inbox, payment_attempts, refunds, payments');
  await knex.raw('DROP FUNCTION payments_keep_captured(), refunds_keep_sums(), refunds_stay()');
}

/**
 * Payments, what was asked of the provider for each, refunds, and the webhooks that came.
 * What must never be wrong is kept by the database: one active payment per order, one open attempt per payment,
 * refunds within what was captured, and a captured amount that never falls.
 */
export const payments100: Migration = { name: '100-payments', up, down };
