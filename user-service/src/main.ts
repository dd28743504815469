import { run } from '@sagacity/chassis/lifecycle/run';
import { createUserService } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createUserService(readConfig(process.env)));
