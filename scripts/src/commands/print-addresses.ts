import type { Instance } from '../instance/instance.ts';
import { brokerUser } from '../servers/rabbitmq-server.ts';
import { baseUrl, type SystemContext } from '../system/process-environment.ts';

/** Prints what a person needs next: addresses, logins and the commands to go on with. */
export function printAddresses({ name }: Instance, { ports, secrets, settings }: SystemContext): void {
  const rows: [string, string][] = [
    ['gateway', baseUrl(ports.GATEWAY_PORT)],
    ['administrator', `${settings.admin.email} / ${settings.admin.password}`],
    ['RabbitMQ page', `${baseUrl(ports.AMQP_MANAGEMENT_PORT)}  (${brokerUser} / ${secrets.rabbitmq})`],
    ...(settings.mode === 'docker' ? inContainers(ports) : nativeServers(ports)),
  ];
  const suffix = name === 'dev' ? '' : ` NAME=${name}`;
  console.log(`\nSagacity is up.\n\n${rows.map(([what, where]) => `  ${what.padEnd(14)} ${where}`).join('\n')}\n`);
  console.log(`  make demo${suffix}     an order, step by step\n  make logs${suffix}     what the processes say`);
  console.log(`  make status${suffix}   what runs\n  make down${suffix}     end it\n`);
}

function inContainers(ports: SystemContext['ports']): [string, string][] {
  return [
    ['mails', baseUrl(ports.MAIL_PORT)],
    ['PostgreSQL', 'make psql DB=orders_db'],
  ];
}

function nativeServers(ports: SystemContext['ports']): [string, string][] {
  return [
    ['PostgreSQL', `127.0.0.1:${ports.POSTGRES_PORT}  (make psql DB=orders_db)`],
    ['Redis', `127.0.0.1:${ports.REDIS_PORT}`],
  ];
}
