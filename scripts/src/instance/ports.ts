import { Trouble } from '../os/tell.ts';

/** The ports that an instance uses when they are free; each can be set by the variable of its name. */
export const usualPorts = {
  GATEWAY_PORT: 8000,
  USER_SERVICE_PORT: 8001,
  PRODUCT_SERVICE_PORT: 8002,
  ORDER_SERVICE_PORT: 8003,
  PAYMENT_SERVICE_PORT: 8004,
  NOTIFICATION_SERVICE_PORT: 8005,
  SAGA_ORCHESTRATOR_PORT: 8006,
  OUTBOX_RELAY_PORT: 8007,
  POSTGRES_PORT: 5432,
  REDIS_PORT: 6379,
  AMQP_PORT: 5672,
  AMQP_MANAGEMENT_PORT: 15672,
  AMQP_DISTRIBUTION_PORT: 15673,
  EPMD_PORT: 15674,
  MAIL_PORT: 1080,
} as const;

export type PortName = keyof typeof usualPorts;
export type Ports = Record<PortName, number>;
export const portNames = Object.keys(usualPorts) as PortName[];

export type PortWishes = {
  /** Added to the usual ports: a second kind of instance starts looking elsewhere. */
  shift: number;
  /** Ports of an earlier start of the same instance. */
  remembered: Partial<Ports>;
  /** Ports that somebody set by name: taken is an error, not a reason to move. */
  demanded: Partial<Ports>;
  /** True when the port is held by this very instance for this very purpose. */
  isOurs: (name: PortName, port: number) => boolean;
  isFree: (port: number) => Promise<boolean>;
};

export type PortMove = { name: PortName; from: number; to: number };

/** Chooses one port per name: demanded, else remembered, else usual, else the next free one above. */
export async function choosePorts(wishes: PortWishes): Promise<{ ports: Ports; moves: PortMove[] }> {
  const ports: Partial<Ports> = {};
  const first = Object.fromEntries(portNames.map((name) => [name, firstChoice(name, wishes)])) as Ports;
  const isUsable = async (name: PortName, port: number) =>
    wishes.isOurs(name, port) || (!Object.values(ports).includes(port) && (await wishes.isFree(port)));

  for (const name of portNames.filter((name) => wishes.demanded[name] !== undefined)) {
    if (!(await isUsable(name, first[name]))) throw portIsTaken(name, first[name]);
    ports[name] = first[name];
  }
  for (const name of portNames.filter((name) => wishes.demanded[name] === undefined)) {
    if (await isUsable(name, first[name])) ports[name] = first[name];
  }
  const moves: PortMove[] = [];
  for (const name of portNames.filter((name) => ports[name] === undefined)) {
    const to = await nextFree(first[name] + 1, (port) => isUsable(name, port));
    ports[name] = to;
    moves.push({ name, from: first[name], to });
  }
  return { ports: ports as Ports, moves };
}

function firstChoice(name: PortName, { demanded, remembered, shift }: PortWishes): number {
  return demanded[name] ?? remembered[name] ?? usualPorts[name] + shift;
}

async function nextFree(from: number, isUsable: (port: number) => Promise<boolean>): Promise<number> {
  for (let port = from; port < from + 1_000 && port <= 65_535; port += 1) if (await isUsable(port)) return port;
  throw new Trouble(`no port is free between ${from} and ${from + 1_000}`, 'end what holds them, or set other ports');
}

function portIsTaken(name: PortName, port: number): Trouble {
  return new Trouble(
    `${name}=${port} was asked for, and something else listens there`,
    `end it (\`ss -ltnp 'sport = :${port}'\` shows it), or set ${name} to another port, or leave it out`,
  );
}
