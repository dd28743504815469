import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectFolder } from '../instance/instance.ts';
import { endWithUs } from '../os/end-with-us.ts';
import { type MochaReport, type Outcome, readReport } from './results.ts';
import type { TestKind } from './test-files.ts';

const mocha = 'node_modules/mocha/bin/mocha.js';
const usualDeadlineMs = 10 * 60_000;
const endDeadlineMs = 15_000;

export type MochaRun = {
  kind: TestKind;
  title: string;
  files: string[];
  env: NodeJS.ProcessEnv;
  /** Told what the tests print, as they do. */
  onOutput?: (text: string) => void;
  deadlineMs?: number;
};

/**
 * Runs test files in a process of their own and reads what came of them. A process that crashes, hangs, or is
 * kept alive by what a test left open counts as one failure more.
 */
export async function runMocha(run: MochaRun): Promise<Outcome> {
  const { kind, title, files, env, onOutput, deadlineMs = usualDeadlineMs } = run;
  const since = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'sagacity-test-'));
  const reportPath = join(folder, 'report.json');
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${reportPath}`];
  const child = spawn(process.execPath, [mocha, '--config', '.mocharc.json', ...reporter, ...files], {
    cwd: projectFolder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
      onOutput?.(text);
    });
  }
  const ended = new Promise<string>((resolve) =>
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`)),
  );
  const hung = await hangs(ended, reportPath, deadlineMs);
  if (hung) child.kill('SIGKILL');
  const how = await ended;
  const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, 'utf8')) as MochaReport) : undefined;
  rmSync(folder, { recursive: true });
  const read = report ? readReport(report) : { passed: 0, failures: [{ title, detail: `${how}\n${output}` }] };
  if (hung) read.failures.push({ title, detail: hung });
  // A scenario prints its seed and what it counted: without them its failure tells half.
  const [first] = read.failures;
  if (kind === 'faults' && first && !onOutput && report) first.detail += `\n\nprinted:\n${output}`;
  return { kind, title, files: files.length, ...read, ms: performance.now() - since };
}

/** Waits for the end of the process; says what is wrong when it does not come. */
async function hangs(ended: Promise<string>, reportPath: string, deadlineMs: number): Promise<string | undefined> {
  const isOver = ended.then(() => true);
  const end = performance.now() + deadlineMs;
  let reportedAt: number | undefined;
  while (!(await Promise.race([isOver, delay(100, false)]))) {
    if (existsSync(reportPath)) reportedAt ??= performance.now();
    if (reportedAt && performance.now() > reportedAt + endDeadlineMs) return 'does not end: a test left something open';
    if (performance.now() > end) return `is not done after ${deadlineMs / 60_000} minutes`;
  }
  return undefined;
}
