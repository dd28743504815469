import { type Db, ping } from '../db/database.ts';
import type { HealthChecks } from '../http/health.ts';
import type { Broker } from '../messaging/broker.ts';

/** The checks of a service that keeps rows and speaks over the broker: it is ready while both are there. */
export function databaseAndBroker(db: Db, broker: Pick<Broker, 'isConnected'>): HealthChecks {
  return {
    database: () => ping(db),
    broker: async () => {
      if (!broker.isConnected()) throw new Error('not connected');
    },
  };
}
