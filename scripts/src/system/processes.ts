import type { PortName } from '../instance/ports.ts';
import type { DatabaseRole } from '../instance/secrets.ts';
import { Trouble } from '../os/tell.ts';

/** One of the system's processes: where it listens and, if it owns one, its database and login role. */
export type SystemProcess = { name: string; port: PortName; database?: { name: string; role: DatabaseRole } };

export const gateway = { name: 'gateway', port: 'GATEWAY_PORT' } satisfies SystemProcess;
export const outboxRelay = { name: 'outbox-relay', port: 'OUTBOX_RELAY_PORT' } satisfies SystemProcess;

/** The processes that own a database. */
export const owners = [
  { name: 'user-service', port: 'USER_SERVICE_PORT', database: { name: 'users_db', role: 'user_service' } },
  { name: 'product-service', port: 'PRODUCT_SERVICE_PORT', database: { name: 'products_db', role: 'product_service' } },
  { name: 'order-service', port: 'ORDER_SERVICE_PORT', database: { name: 'orders_db', role: 'order_service' } },
  { name: 'payment-service', port: 'PAYMENT_SERVICE_PORT', database: { name: 'payments_db', role: 'payment_service' } },
  {
    name: 'notification-service',
    port: 'NOTIFICATION_SERVICE_PORT',
    database: { name: 'notifications_db', role: 'notification_service' },
  },
  {
    name: 'saga-orchestrator',
    port: 'SAGA_ORCHESTRATOR_PORT',
    database: { name: 'sagas_db', role: 'saga_orchestrator' },
  },
] as const satisfies SystemProcess[];

/** All eight, in the order in which they are shown. */
export const systemProcesses: SystemProcess[] = [gateway, ...owners, outboxRelay];

/** The process of that name; an error that lists all names when there is none. */
export function requireSystemProcess(name: string): SystemProcess {
  const found = systemProcesses.find((process) => process.name === name);
  if (found) return found;
  throw new Trouble(
    `there is no process ${name}`,
    `S is one of ${systemProcesses.map((each) => each.name).join(', ')}`,
  );
}
