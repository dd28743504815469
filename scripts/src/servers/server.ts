import type { Instance } from '../instance/instance.ts';
import type { PortName, Ports } from '../instance/ports.ts';
import type { Secrets } from '../instance/secrets.ts';

/** What a server is started from. */
export type ServerContext = {
  instance: Instance;
  ports: Ports;
  secrets: Secrets;
  /** Durability off: for data that nobody will miss, as in tests. */
  volatile: boolean;
};

export type ServerName = 'postgres' | 'redis' | 'rabbitmq' | 'epmd';

/** How one kind of server is prepared, started, asked and stopped. */
export type Server = {
  name: ServerName;
  /** Account of the operating system it runs as when root starts it. */
  account: string;
  /** The ports it listens on. */
  ports: PortName[];
  /** Ports of other servers that it was told. */
  told?: PortName[];
  /** Makes data and configuration; called before each start. */
  prepare(context: ServerContext): Promise<void>;
  command(context: ServerContext): { file: string; args: string[]; env: NodeJS.ProcessEnv };
  isReady(context: ServerContext): Promise<boolean>;
  startDeadlineMs: number;
  stopSignal: NodeJS.Signals;
  stopDeadlineMs: number;
};
