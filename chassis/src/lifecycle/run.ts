import { ConfigError } from '../config/config.ts';
import type { Logger } from '../logging/logger.ts';

/** A whole process, as its composition root returns it. */
export interface Application {
  readonly logger: Logger;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const stopDeadlineMs = 30_000;

/**
 * Runs an application until SIGTERM or SIGINT, then stops it gracefully.
 * Wrong settings end the process at once with one line on standard error and exit code 78; a failed start with code 1.
 * A second signal, or a stop that takes longer than 30 s, ends it with code 1.
 */
export async function run(create: () => Application): Promise<void> {
  const application = createOrExit(create);
  const { logger } = application;
  process.on('unhandledRejection', (error) => fail(logger, 'unhandled rejection', error));
  process.on('uncaughtException', (error) => fail(logger, 'uncaught exception', error));
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return fail(logger, 'second signal, ending at once', signal);
    stopping = true;
    logger.info('stopping', { signal });
    setTimeout(() => fail(logger, 'stop took too long', signal), stopDeadlineMs).unref();
    application.stop().then(
      () => exit(logger, 'stopped', 0),
      (error: unknown) => fail(logger, 'stop failed', error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await application.start();
  } catch (error) {
    if (!stopping) fail(logger, 'start failed', error);
  }
}

function createOrExit(create: () => Application): Application {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}

function fail(logger: Logger, phrase: string, reason: unknown): void {
  logger.error(phrase, { reason });
  process.exit(1);
}

function exit(logger: Logger, phrase: string, code: number): void {
  logger.info(phrase);
  process.exit(code);
}
