import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { platform001 } from './001-platform.ts';
import { payments100 } from './100-payments.ts';
import { sandboxBooks110 } from './110-sandbox-books.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  payments100,
  sandboxBooks110,
  auditGrants(120, { everythingIn: ['public', 'sandbox'] }),
];
