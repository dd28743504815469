import { type Figure, percentile } from '../figures.ts';
import { type Direct, type DirectOptions, openDirect } from './direct.ts';
import { type Engine, openEngines } from './engines.ts';

export type Kind = 'confirmed' | 'refused';

export interface ReferencePlan {
  readonly saturatedMs: number;
  readonly steadyMs: number;
  readonly perSecond: number;
}

const oneByOne = 'no engine, one order at a time';
/** What the engines do, without one. */
const threeTransactions = 'confirmed, no engine, its first three transactions alone, one order at a time';
const together = 'no engine, 100 orders at a time';
const single = { batch: 1, workers: 16 };
const batched = { batch: 100, workers: 4 };

/** What the figure of an order is held against. */
export const referenceOf = {
  confirmed: `confirmed, ${oneByOne}`,
  refused: `refused, ${oneByOne}`,
  steady: (percent: number, perSecond: number) => steady('DBOS', percent, perSecond),
};

function steady(name: string, percent: number, perSecond: number): string {
  return `${name}, until confirmed p${percent} at ${perSecond} orders/s`;
}

/** What orders are held against. It takes turns with them, since the machine's moods change within minutes. */
export class References {
  readonly #direct: Direct;
  readonly #engines: readonly Engine[];
  readonly #plan: ReferencePlan;
  readonly #samples = new Map<string, { unit: string; values: number[] }>();

  private constructor(direct: Direct, engines: readonly Engine[], plan: ReferencePlan) {
    this.#direct = direct;
    this.#engines = engines;
    this.#plan = plan;
  }

  static async open(plan: ReferencePlan): Promise<References> {
    const [direct, engines] = await Promise.all([openDirect(), openEngines()]);
    return new References(direct, engines, plan);
  }

  /** Opens connections, and has statements prepared and code compiled. */
  async warmUp(): Promise<void> {
    const forMs = this.#plan.saturatedMs;
    await this.#direct.confirm({ ...single, forMs });
    await this.#direct.confirmOnly({ ...single, forMs });
    await this.#direct.refuse({ ...single, forMs });
    for (const engine of this.#engines) await engine.saturate(forMs);
  }

  async measureSaturated(kind: Kind): Promise<void> {
    const forMs = this.#plan.saturatedMs;
    this.#note(referenceOf[kind], 'orders/s', await this.#runDirect(kind, { ...single, forMs }));
    if (kind === 'refused') return;
    this.#note(threeTransactions, 'orders/s', await this.#direct.confirmOnly({ ...single, forMs }));
    for (const engine of this.#engines) {
      const what = `confirmed, ${engine.name}, ${engine.workers} at a time`;
      this.#note(what, 'orders/s', await engine.saturate(forMs));
    }
  }

  /** To be measured last: it fills the log of the database so fast that its checkpoints would be felt by everything else. */
  async measureTogether(repetitions: number): Promise<void> {
    const load = { ...batched, forMs: this.#plan.saturatedMs };
    for (const kind of ['confirmed', 'refused'] as const) {
      await this.#runDirect(kind, load);
      for (let n = 1; n <= repetitions; n += 1) {
        this.#note(`${kind}, ${together}`, 'orders/s', await this.#runDirect(kind, load));
      }
    }
  }

  async measureSteady(): Promise<void> {
    const { perSecond, steadyMs: forMs } = this.#plan;
    for (const { name, trickle } of [...this.#engines, { name: 'no engine', trickle: this.#direct.trickle }]) {
      const latencies = await trickle({ perSecond, forMs });
      for (const percent of [50, 99]) {
        this.#note(steady(name, percent, perSecond), 'ms', percentile(latencies, percent));
      }
    }
  }

  get figures(): Figure[] {
    return [...this.#samples].map(([what, { unit, values }]) => ({ what, unit, samples: values }));
  }

  async drop(): Promise<void> {
    await this.#direct.drop();
    await Promise.all(this.#engines.map((engine) => engine.drop()));
  }

  #runDirect(kind: Kind, load: DirectOptions): Promise<number> {
    return kind === 'confirmed' ? this.#direct.confirm(load) : this.#direct.refuse(load);
  }

  #note(what: string, unit: string, value: number): void {
    const noted = this.#samples.get(what) ?? { unit, values: [] };
    noted.values.push(value);
    this.#samples.set(what, noted);
  }
}
