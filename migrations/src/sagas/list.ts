import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { rowStorage } from '../platform/row-storage.ts';
import { platform001 } from './001-platform.ts';
import { sagas100 } from './100-sagas.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  sagas100,
  auditGrants(110, { everythingIn: ['public'] }),
  rowStorage(120, {
    unsearched: {
      sagas: ['data', 'cancel', 'failure', 'traceparent'],
      saga_events: ['detail', 'reason', 'causation_id'],
      outbox: ['headers', 'payload'],
    },
    fillfactors: {},
  }),
];
