import { ShopClient } from '../demo/shop-client.ts';
import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { Trouble } from '../os/tell.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { runSmoke, smokeExitCode, smokeTable } from '../smoke/run-smoke.ts';
import type { Smoke } from '../smoke/smoke-client.ts';
import { smokeSteps } from '../smoke/smoke-steps.ts';
import { baseUrl } from '../system/process-environment.ts';

/**
 * Tries out what must work behind a gateway: the one at URL, else the instance's own. MANAGEMENT_URL names RabbitMQ's
 * page and MAIL_URL the mail sink; an instance knows its own.
 */
export async function smoke(): Promise<void> {
  const settings = readSettings();
  const { url, ...others } = addresses(settings);
  console.log(`Smoke test of ${url}\n`);
  const results = await runSmoke(smokeSteps, { shop: new ShopClient(url), admin: settings.admin, ...others });
  console.log(smokeTable(results));
  process.exitCode = smokeExitCode(results);
}

type Addresses = Pick<Smoke, 'managementUrl' | 'mailUrl'> & { url: string };

function addresses({ name, mode }: Settings): Addresses {
  const { URL: given } = process.env;
  const managementUrl = process.env.MANAGEMENT_URL || undefined;
  const mailUrl = process.env.MAIL_URL || undefined;
  if (given) {
    if (!/^https?:\/\//.test(given) || !URL.canParse(given)) {
      throw new Trouble(`URL=${given} is no address`, 'make smoke URL=http://localhost:8000');
    }
    return { url: given.replace(/\/+$/, ''), managementUrl, mailUrl };
  }
  const ports = rememberedPorts(findInstance(name));
  if (ports === undefined) throw new Trouble(`${name} was never started`, 'make up, or make smoke URL=http://…');
  return {
    url: baseUrl(ports.GATEWAY_PORT),
    managementUrl: managementUrl ?? baseUrl(ports.AMQP_MANAGEMENT_PORT),
    mailUrl: mailUrl ?? (mode === 'docker' ? baseUrl(ports.MAIL_PORT) : undefined),
  };
}
