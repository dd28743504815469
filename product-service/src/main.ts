import { run } from '@sagacity/chassis/lifecycle/run';
import { createProductService } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createProductService(readConfig(process.env)));
