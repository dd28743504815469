import { run } from '@sagacity/chassis/lifecycle/run';
import { createSagaOrchestrator } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createSagaOrchestrator(readConfig(process.env)));
