import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { rowStorage } from '../platform/row-storage.ts';
import { platform001 } from './001-platform.ts';
import { payments100 } from './100-payments.ts';
import { sandboxBooks110 } from './110-sandbox-books.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  payments100,
  sandboxBooks110,
  auditGrants(120, { everythingIn: ['public', 'sandbox'] }),
  rowStorage(130, {
    unsearched: {
      payment_attempts: ['context'],
      webhook_inbox: ['payload'],
      processed_commands: ['saga', 'context', 'reply'],
      outbox: ['headers', 'payload'],
    },
    fillfactors: { payments: 70, processed_commands: 60 },
  }),
];
