// A process for run.test.ts: started with the name of what it is to do.
import { loadConfig } from '../src/config/config.ts';
import { type Application, run } from '../src/lifecycle/run.ts';
import { createLogger } from '../src/logging/logger.ts';

const logger = createLogger({ service: 'scenario', level: 'info' });
// As a server does, it keeps the process alive until it is stopped.
const alive = setInterval(() => undefined, 1_000);

function application(changes: Partial<Application>): Application {
  return {
    logger,
    start: async () => logger.info('ready'),
    stop: async () => {
      clearInterval(alive);
      logger.info('closed');
    },
    ...changes,
  };
}

const scenarios: Readonly<Record<string, () => Application>> = {
  graceful: () => application({}),
  'never-stops': () => application({ stop: () => new Promise(() => undefined) }),
  'wrong-settings': () => {
    loadConfig({ PORT: { type: 'integer', description: 'x' } }, ['PORT'], { PORT: 'many' });
    return application({});
  },
  'start-fails': () =>
    application({
      start: async () => {
        throw new Error('no');
      },
    }),
  'stop-fails': () =>
    application({
      stop: async () => {
        throw new Error('no');
      },
    }),
  rejects: () =>
    application({
      start: async () => {
        logger.info('ready');
        void Promise.reject(new Error('forgotten'));
      },
    }),
  'starts-for-ever': () => {
    let stopped: (reason: Error) => void = () => undefined;
    return application({
      start: () => {
        logger.info('ready');
        return new Promise((_resolve, reject) => {
          stopped = reject;
        });
      },
      stop: async () => stopped(new Error('stopped while starting')),
    });
  },
};

const scenario = scenarios[process.argv[2] ?? ''];
if (!scenario) throw new Error('no such scenario');
await run(scenario);
