import { readFileSync } from 'node:fs';
import { report } from './report.ts';

const [path = ''] = process.argv.slice(2);
const { benches } = JSON.parse(readFileSync(path, 'utf8'));
process.stdout.write(`\n${report(benches)}\n`);
