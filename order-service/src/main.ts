import { run } from '@sagacity/chassis/lifecycle/run';
import { createOrderService } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createOrderService(readConfig(process.env)));
