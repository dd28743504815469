import type { Migration } from '../migration.ts';
import { auditGrants } from '../platform/audit-grants.ts';
import { outboxOperation } from '../platform/outbox-operation.ts';
import { rowStorage } from '../platform/row-storage.ts';
import { platform001 } from './001-platform.ts';
import { products100 } from './100-products.ts';
import { search110 } from './110-search.ts';
import { sales120 } from './120-sales.ts';
import { imports130 } from './130-imports.ts';
import { searchBlocks150 } from './150-search-blocks.ts';

export const migrations: readonly Migration[] = [
  platform001,
  outboxOperation,
  products100,
  search110,
  sales120,
  imports130,
  auditGrants(140, { everythingIn: ['public'] }),
  searchBlocks150,
  rowStorage(160, {
    unsearched: { processed_commands: ['saga', 'context', 'reply'], outbox: ['headers', 'payload'] },
    fillfactors: { processed_commands: 60 },
  }),
];
