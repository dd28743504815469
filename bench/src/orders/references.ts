import { type Figure, percentile } from '../figures.ts';
import { type Dbos, openDbos } from './dbos.ts';
import { type Direct, type DirectOptions, openDirect } from './direct.ts';

export type Kind = 'confirmed' | 'refused';

export interface ReferencePlan {
  readonly saturatedMs: number;
  readonly steadyMs: number;
  readonly perSecond: number;
}

const oneByOne = 'no engine, one order at a time';
/** What DBOS does, without it. */
const threeTransactions = 'confirmed, no engine, its first three transactions alone, one order at a time';
const together = 'no engine, 100 orders at a time';
const single = { batch: 1, workers: 16 };
const batched = { batch: 100, workers: 4 };

/** What the figure of an order is held against. */
export const referenceOf = {
  confirmed: `confirmed, ${oneByOne}`,
  refused: `refused, ${oneByOne}`,
  steady: (percent: number, perSecond: number) => `DBOS, until confirmed p${percent} at ${perSecond} orders/s`,
};

/** What orders are held against. It takes turns with them, since the machine's moods change within minutes. */
export class References {
  readonly #direct: Direct;
  readonly #dbos: Dbos;
  readonly #plan: ReferencePlan;
  readonly #samples = new Map<string, { unit: string; values: number[] }>();

  private constructor(direct: Direct, dbos: Dbos, plan: ReferencePlan) {
    this.#direct = direct;
    this.#dbos = dbos;
    this.#plan = plan;
  }

  static async open(plan: ReferencePlan): Promise<References> {
    const [direct, dbos] = await Promise.all([openDirect(), openDbos()]);
    return new References(direct, dbos, plan);
  }

  /** Opens connections, and has statements prepared and code compiled. */
  async warmUp(): Promise<void> {
    const forMs = this.#plan.saturatedMs;
    await this.#direct.confirm({ ...single, forMs });
    await this.#direct.confirmOnly({ ...single, forMs });
    await this.#direct.refuse({ ...single, forMs });
    await this.#dbos.saturate({ workers: single.workers, forMs });
  }

  async measureSaturated(kind: Kind): Promise<void> {
    const forMs = this.#plan.saturatedMs;
    this.#note(referenceOf[kind], 'orders/s', await this.#runDirect(kind, { ...single, forMs }));
    if (kind === 'refused') return;
    this.#note(threeTransactions, 'orders/s', await this.#direct.confirmOnly({ ...single, forMs }));
    const perSecond = await this.#dbos.saturate({ workers: single.workers, forMs });
    this.#note('confirmed, DBOS, 16 at a time', 'orders/s', perSecond);
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
    const byDbos = await this.#dbos.trickle({ perSecond, forMs });
    const direct = await this.#direct.trickle({ perSecond, forMs });
    for (const percent of [50, 99]) {
      this.#note(referenceOf.steady(percent, perSecond), 'ms', percentile(byDbos, percent));
      const what = `no engine, until confirmed p${percent} at ${perSecond} orders/s`;
      this.#note(what, 'ms', percentile(direct, percent));
    }
  }

  get figures(): Figure[] {
    return [...this.#samples].map(([what, { unit, values }]) => ({ what, unit, samples: values }));
  }

  async drop(): Promise<void> {
    await this.#direct.drop();
    await this.#dbos.drop();
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
