import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { rowStorage } from '../platform/row-storage.ts';
import { platform001 } from './001-platform.ts';
import { notifications100 } from './100-notifications.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  notifications100,
  auditGrants(110, 'outbox alone'),
  rowStorage(120, {
    unsearched: { notifications: ['subject', 'body_text', 'body_html'], outbox: ['headers', 'payload'] },
    fillfactors: {},
  }),
];
