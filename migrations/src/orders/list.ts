import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { rowStorage } from '../platform/row-storage.ts';
import { platform001 } from './001-platform.ts';
import { orders100 } from './100-orders.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  orders100,
  auditGrants(110, { everythingIn: ['public'] }),
  rowStorage(120, {
    unsearched: {
      orders: ['shipping_address', 'billing_address'],
      idempotency_keys: ['answer', 'fingerprint'],
      processed_commands: ['saga', 'context', 'reply'],
      outbox: ['headers', 'payload'],
    },
    fillfactors: { orders: 70, processed_commands: 60 },
  }),
];
