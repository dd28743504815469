import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../instance/instance.ts';
import { renderEnvExample } from './env-example.ts';

writeFileSync(join(projectFolder, '.env.example'), renderEnvExample());
