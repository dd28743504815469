import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BrokerState } from './broker/connection.ts';
import type { OutboxState } from './queries/outbox-state.ts';

/** What a lane counts. */
export interface LaneMetrics {
  settled(confirmed: number, returned: number, nacked: number): void;
  published(rows: number): void;
  buried(rows: number): void;
  confirmed(seconds: number): void;
}

export interface RelayMetrics {
  forLane(database: string): LaneMetrics;
}

export interface RelayMetricsOptions {
  readonly registry: Registry;
  readonly instance: string;
  /** Asked at each scrape. */
  readonly leases: () => ReadonlyMap<string, boolean>;
  readonly states: () => Promise<readonly OutboxState[]>;
  readonly brokerState: () => BrokerState;
}

const confirmBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const labelNames = ['database'] as const;

/** The relay's metrics. Backlogs and ages are read from the databases at each scrape; one that does not answer has no values then. */
export function createRelayMetrics(options: RelayMetricsOptions): RelayMetrics {
  const registers = [options.registry];
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  const published = counter('outbox_published_total', 'Rows that were published, confirmed and deleted.');
  const returned = counter('outbox_returned_total', 'Messages that no queue took.');
  const nacked = counter('outbox_nacked_total', 'Messages that the broker refused.');
  const dead = counter('outbox_dead_total', 'Rows that were put into outbox_dead.');
  const confirm = new Histogram({
    name: 'outbox_confirm_seconds',
    help: 'Time from publishing a message to its confirm.',
    labelNames,
    buckets: confirmBuckets,
    registers,
  });
  observeState(options);
  const counters = [published, returned, nacked, dead];
  return {
    forLane: (database) => {
      // A counter that appears with its first event hides that event from rates.
      for (const metric of counters) metric.inc({ database }, 0);
      return {
        settled: (_confirmed, returnedRows, nackedRows) => {
          if (returnedRows > 0) returned.inc({ database }, returnedRows);
          if (nackedRows > 0) nacked.inc({ database }, nackedRows);
        },
        published: (rows) => published.inc({ database }, rows),
        buried: (rows) => dead.inc({ database }, rows),
        confirmed: (seconds) => confirm.observe({ database }, seconds),
      };
    },
  };
}

function observeState({ registry, instance, leases, states, brokerState }: RelayMetricsOptions): void {
  const registers = [registry];
  // Each gauge asks for itself, since the registry reads them side by side; the answers are shared for a second.
  const gauge = (name: string, help: string, read: (state: OutboxState) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        for (const state of await states()) this.set({ database: state.database }, read(state));
      },
    });
  gauge('outbox_backlog_estimate', 'Rows that wait, estimated by the range of their ids.', ({ backlog }) => backlog);
  gauge('outbox_oldest_age_seconds', 'Age of the oldest row that waits.', ({ oldestAgeMs }) => oldestAgeMs / 1_000);
  gauge('outbox_dead_rows', 'Rows in outbox_dead.', ({ dead }) => dead);
  gauge('outbox_blocked_aggregates', 'Aggregates whose messages wait for one that failed.', ({ blocked }) => blocked);
  gauge('outbox_paused', '1 while an operator has the outbox paused.', ({ pausedSince }) => (pausedSince ? 1 : 0));
  new Gauge({
    name: 'outbox_lease',
    help: '1 where this relay drains the database, 0 where it stands by.',
    labelNames: ['database', 'holder'] as const,
    registers,
    collect() {
      for (const [database, isHeld] of leases()) this.set({ database, holder: instance }, isHeld ? 1 : 0);
    },
  });
  new Gauge({
    name: 'outbox_broker_state',
    help: 'State of the connection to the broker.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      for (const state of ['down', 'up', 'blocked'] as const) this.set({ state }, state === brokerState() ? 1 : 0);
    },
  });
}
