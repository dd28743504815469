import type { Express, Response } from 'express';
import type { Registry } from 'prom-client';

/** Checks by name; a check resolves when the thing works and throws when it does not. */
export type HealthChecks = Readonly<Record<string, () => Promise<void>>>;

const checkTimeoutMs = 800;

/** Mounts `/health/live` (the process runs), `/health/ready` (every check passes: 200, else 503 with the names) and `/metrics`. */
export function mountHealth(app: Express, checks: HealthChecks, metrics: Registry): void {
  app.get('/health/live', (_request, response) => answer(response, 200, { status: 'pass' }));
  app.get('/health/ready', async (_request, response) => {
    const results = await Promise.all(Object.entries(checks).map(([name, check]) => outcomeOf(name, check)));
    const failed = results.some(({ status }) => status === 'fail');
    answer(response, failed ? 503 : 200, {
      status: failed ? 'fail' : 'pass',
      checks: Object.fromEntries(results.map(({ name, status }) => [name, { status }])),
    });
  });
  app.get('/metrics', async (_request, response) => {
    response.setHeader('content-type', metrics.contentType);
    response.send(await metrics.metrics());
  });
}

async function outcomeOf(name: string, check: () => Promise<void>): Promise<{ name: string; status: 'pass' | 'fail' }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('check took too long')), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return { name, status: 'pass' };
  } catch {
    return { name, status: 'fail' };
  } finally {
    clearTimeout(timer);
  }
}

function answer(response: Response, status: number, body: object): void {
  response.status(status).type('application/health+json').send(JSON.stringify(body));
}
