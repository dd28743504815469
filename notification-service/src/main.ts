import { run } from '@sagacity/chassis/lifecycle/run';
import { createNotificationService } from './app.ts';
import { readConfig } from './config.ts';

await run(() => createNotificationService(readConfig(process.env)));
