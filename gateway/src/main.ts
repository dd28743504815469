import { run } from '@sagacity/chassis/lifecycle/run';
import { createGateway } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createGateway(readConfig(process.env)));
