import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { auditAnswer } from '../contract/audit.ts';
import { readLastAudit } from '../queries/read-last-audit.ts';
import type { AuditShop } from '../use-cases/audit-shop.ts';

/** The proof that stock, money, orders and sagas agree. */
export function auditRoutes(deps: { readonly db: Db; readonly auditShop: AuditShop }): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/audit',
      operationId: 'getAudit',
      summary: 'The last audit',
      access: 'admin',
      answers: { 200: { description: 'Its report', schema: auditAnswer } },
      problems: ['audit.not_run'],
      handle: async () => ok(await readLastAudit(deps.db)),
    }),
    route({
      method: 'post',
      path: '/admin/audit',
      operationId: 'runAudit',
      summary: 'Audit the whole shop now; while an audit runs, its report',
      access: 'admin',
      answers: { 200: { description: 'The report', schema: auditAnswer } },
      problems: ['audit.not_configured', 'audit.database_unreadable'],
      handle: async ({ actor }) => ok(await deps.auditShop(`admin ${actor.userId}`)),
    }),
  ];
}
