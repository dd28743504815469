import { run } from '@sagacity/chassis/lifecycle/run';
import { createRelay } from './app.ts';
import { readRelayConfig } from './config.ts';

await run(() => createRelay(readRelayConfig(process.env)));
