import { run } from '@sagacity/chassis/lifecycle/run';
import { createPaymentService } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createPaymentService(readConfig(process.env)));
