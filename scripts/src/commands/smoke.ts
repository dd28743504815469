import { ShopClient } from '../demo/shop-client.ts';
import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { Trouble } from '../os/tell.ts';
import { readSettings } from '../settings/settings.ts';
import { runSmoke, smokeExitCode, smokeTable } from '../smoke/run-smoke.ts';
import { smokeSteps } from '../smoke/smoke-steps.ts';
import { baseUrl } from '../system/process-environment.ts';

/**
 * Tries out what must work behind a gateway: the one at URL, else the instance's own. MANAGEMENT_URL names RabbitMQ's
 * page; an instance knows its own.
 */
export async function smoke(): Promise<void> {
  const settings = readSettings();
  const { url, managementUrl } = addresses(settings.name);
  console.log(`Smoke test of ${url}\n`);
  const results = await runSmoke(smokeSteps, { shop: new ShopClient(url), admin: settings.admin, managementUrl });
  console.log(smokeTable(results));
  process.exitCode = smokeExitCode(results);
}

function addresses(name: string): { url: string; managementUrl: string | undefined } {
  const { URL: given, MANAGEMENT_URL: managementUrl } = process.env;
  if (given) {
    if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
      throw new Trouble(`URL=${given} is no address`, 'make smoke URL=http://localhost:8000');
    }
    return { url: given.replace(/\/+$/, ''), managementUrl: managementUrl || undefined };
  }
  const ports = rememberedPorts(findInstance(name));
  if (ports === undefined) throw new Trouble(`${name} was never started`, 'make up, or make smoke URL=http://…');
  return { url: baseUrl(ports.GATEWAY_PORT), managementUrl: managementUrl || baseUrl(ports.AMQP_MANAGEMENT_PORT) };
}
