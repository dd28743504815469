import type { RequestHandler } from 'express';
import type { Service } from '../routes.ts';
import type { Instance } from '../upstreams/instance.ts';

export interface ServiceHealth {
  readonly status: 'pass' | 'warn' | 'fail';
  readonly instances: number;
  readonly ready: number;
}

const cachedForMs = 2_000;
const timeoutMs = 800;
/** Without these no order can be placed and followed; the others may be away for a while. */
const critical: ReadonlySet<Service> = new Set([
  'user-service',
  'product-service',
  'order-service',
  'payment-service',
  'saga-orchestrator',
  'outbox-relay',
]);

/**
 * `GET /health`: the readiness of all services in the shape of draft-inadarei-api-health-check-06, asked at most every 2 s and within 800 ms each.
 * 503 only when a critical service has no ready instance.
 */
export function healthAggregate(options: {
  readonly services: readonly Service[];
  readonly instancesOf: (service: Service) => readonly Instance[];
}): RequestHandler {
  let cached: { at: number; result: Promise<Record<string, ServiceHealth>> } | undefined;
  return async (_request, response) => {
    if (!cached || Date.now() - cached.at > cachedForMs) cached = { at: Date.now(), result: askAll(options) };
    const checks = await cached.result;
    const status = overall(checks);
    response.status(status === 'fail' ? 503 : 200).type('application/health+json');
    response.send(
      JSON.stringify({ status, description: 'All services of the shop, as the gateway sees them', checks }),
    );
  };
}

async function askAll(options: Parameters<typeof healthAggregate>[0]): Promise<Record<string, ServiceHealth>> {
  const answers = options.services.map(async (service) => {
    const ready = await Promise.all(options.instancesOf(service).map(({ url }) => isReady(url)));
    return [service, summarise(ready)] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

function summarise(answers: readonly boolean[]): ServiceHealth {
  const ready = answers.filter(Boolean).length;
  const status = ready === 0 ? 'fail' : ready < answers.length ? 'warn' : 'pass';
  return { status, instances: answers.length, ready };
}

function overall(checks: Readonly<Record<string, ServiceHealth>>): 'pass' | 'warn' | 'fail' {
  const entries = Object.entries(checks);
  if (entries.some(([service, { status }]) => status === 'fail' && critical.has(service as Service))) return 'fail';
  return entries.every(([, { status }]) => status === 'pass') ? 'pass' : 'warn';
}
