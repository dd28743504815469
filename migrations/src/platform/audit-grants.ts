import { auditorRole } from '../auditor-role.ts';
import type { Migration } from '../migration.ts';

/**
 * What the auditor may read: `everything` in these schemas, tables made later included, or the outbox alone where the rest is nothing
 * that an audit needs to know, such as passwords' digests and addresses.
 */
export function auditGrants(
  number: number,
  what: { readonly everythingIn: readonly string[] } | 'outbox alone',
): Migration {
  return {
    name: `${number}-audit-grants`,
    up: async (knex) => {
      if (what === 'outbox alone') {
        await knex.raw('GRANT SELECT ON outbox, outbox_dead TO ??', [auditorRole]);
        return;
      }
      for (const schema of what.everythingIn) {
        await knex.raw('GRANT USAGE ON SCHEMA ?? TO ??', [schema, auditorRole]);
        await knex.raw('GRANT SELECT ON ALL TABLES IN SCHEMA ?? TO ??', [schema, auditorRole]);
        await knex.raw('ALTER DEFAULT PRIVILEGES IN SCHEMA ?? GRANT SELECT ON TABLES TO ??', [schema, auditorRole]);
      }
    },
    down: async (knex) => {
      if (what === 'outbox alone') {
        await knex.raw('REVOKE SELECT ON outbox, outbox_dead FROM ??', [auditorRole]);
        return;
      }
      for (const schema of what.everythingIn) {
        await knex.raw('ALTER DEFAULT PRIVILEGES IN SCHEMA ?? REVOKE SELECT ON TABLES FROM ??', [schema, auditorRole]);
        await knex.raw('REVOKE SELECT ON ALL TABLES IN SCHEMA ?? FROM ??', [schema, auditorRole]);
        await knex.raw('REVOKE USAGE ON SCHEMA ?? FROM ??', [schema, auditorRole]);
      }
    },
  };
}
