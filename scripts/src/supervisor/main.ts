import { findInstance } from '../instance/instance.ts';
import { Supervisor } from './supervisor.ts';

// Started in the background by supervisor-control; SIGHUP: do what is wanted now, SIGTERM: end everything.
const supervisor = new Supervisor(findInstance(process.argv[2] ?? ''));

process.on('SIGHUP', () => void supervisor.reconcile());
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void supervisor.stop().then(() => process.exit(0)));
}

await supervisor.reconcile();
