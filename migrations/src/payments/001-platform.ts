import { platform } from '../platform/platform.ts';

export const platform001 = platform({ participant: true });
