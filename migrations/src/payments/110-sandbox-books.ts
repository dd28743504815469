import type { Knex } from 'knex';
import type { Migration } from '../migration.ts';

async function up(knex: Knex): Promise<void> {
  await knex.raw('CREATE SCHEMA sandbox');
  await knex.raw(`
    CREATE TABLE sandbox.charges (
      reference text PRIMARY KEY,
      order_id integer NOT NULL,
      token text NOT NULL,
      amount_cents bigint NOT NULL CHECK (amount_cents > 0),
      currency text NOT NULL,
      voided boolean NOT NULL DEFAULT false,
      captured_cents bigint NOT NULL DEFAULT 0 CHECK (captured_cents BETWEEN 0 AND amount_cents),
      refunded_cents bigint NOT NULL DEFAULT 0 CHECK (refunded_cents BETWEEN 0 AND captured_cents),
      refusals integer NOT NULL DEFAULT 0,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      CHECK (NOT voided OR captured_cents = 0)
    )`);
  await knex.raw('CREATE INDEX charges_by_order ON sandbox.charges (order_id)');
  await knex.raw(`
    CREATE TABLE sandbox.requests (
      idempotency_key text PRIMARY KEY,
      operation text NOT NULL CHECK (operation IN ('authorise', 'capture', 'void', 'refund')),
      reference text NOT NULL,
      token text NOT NULL,
      amount_cents bigint NOT NULL,
      currency text NOT NULL,
      sends integer NOT NULL DEFAULT 1,
      queries integer NOT NULL DEFAULT 0,
      outcome text CHECK (outcome IN ('moved', 'refused')),
      code text,
      first_called_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      settled_at timestamptz
    )`);
  await knex.raw('CREATE INDEX requests_by_reference ON sandbox.requests (reference)');
}

async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP SCHEMA sandbox CASCADE');
}

/**
 * The books of the sandbox provider: what it holds and really moved, by idempotency key.
 * They stand for another company's database: the service reads them through the provider port alone.
 */
export const sandboxBooks110: Migration = { name: '110-sandbox-books', up, down };
