import type { Migration } from '../migration.ts';
import { relayRole } from '../relay-role.ts';
import { createInbox, dropInbox } from './inbox.ts';
import { createOutbox, dropOutbox, grantOutbox } from './outbox.ts';
import { createProcessedCommands, dropProcessedCommands } from './processed-commands.ts';

/** The tables that every database has: outbox and inbox, and processed commands where the service takes part in sagas. */
export function platform(options: { readonly participant: boolean }): Migration {
  return {
    name: '001-platform',
    up: async (knex) => {
      await createOutbox(knex);
      await grantOutbox(knex, relayRole);
      await createInbox(knex);
      if (options.participant) await createProcessedCommands(knex);
    },
    down: async (knex) => {
      if (options.participant) await dropProcessedCommands(knex);
      await dropInbox(knex);
      await dropOutbox(knex);
    },
  };
}
