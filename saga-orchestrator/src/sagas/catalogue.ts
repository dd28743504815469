import { createHash } from 'node:crypto';
import type { AnyDefinition } from '../engine/definition.ts';
import { type DefinitionGraph, graphOf } from '../engine/graph.ts';
import { validateDefinition } from '../engine/validate-definition.ts';
import { cancelOrder } from './cancel-order.ts';
import { placeFreeOrder } from './place-free-order.ts';
import { placeOrder } from './place-order.ts';

/** A definition that can be run, with what identifies it. */
export interface CataloguedSaga {
  readonly definition: AnyDefinition;
  readonly graph: DefinitionGraph;
  /** Of the graph: the same type and version with another hash is another saga, which must not be. */
  readonly hash: string;
}

/** The sagas that this process can run, by type and version. */
export interface Catalogue {
  readonly sagas: readonly CataloguedSaga[];
  /** Throws when there is none: a saga in flight needs it, so the process should not have started. */
  get(type: string, version: number): AnyDefinition;
  /** The newest version of a type, for sagas that begin now. */
  latest(type: string): AnyDefinition;
  /** For looking at a saga, however old; that of the newest version where its own is gone. */
  graphOf(type: string, version: number): DefinitionGraph;
}

/** Checks the definitions and makes them available; throws with every fault when one cannot be run. */
export function createCatalogue(definitions: readonly AnyDefinition[]): Catalogue {
  const faults = [...definitions.flatMap(validateDefinition), ...twice(definitions)];
  if (faults.length > 0) throw new Error(`saga definitions are wrong: ${faults.join('; ')}`);
  const known = new Map(definitions.map((definition) => [nameOf(definition), definition]));
  const latest = (type: string) =>
    definitions
      .filter((definition) => definition.type === type)
      .sort((a, b) => a.version - b.version)
      .at(-1) ?? unknown(type);
  return {
    sagas: definitions.map((definition) => {
      const graph = graphOf(definition);
      return { definition, graph, hash: createHash('sha256').update(JSON.stringify(graph)).digest('hex') };
    }),
    get: (type, version) => known.get(`${type} v${version}`) ?? unknown(`${type} v${version}`),
    latest,
    graphOf: (type, version) => graphOf(known.get(`${type} v${version}`) ?? latest(type)),
  };
}

/** All sagas of the shop. A version that sagas in flight may need stays in this list. */
export const catalogue = createCatalogue([placeOrder, placeFreeOrder, cancelOrder]);

function twice(definitions: readonly AnyDefinition[]): string[] {
  const names = definitions.map(nameOf);
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`);
}

function nameOf({ type, version }: AnyDefinition): string {
  return `${type} v${version}`;
}

function unknown(name: string): never {
  throw new Error(`there is no definition of the saga ${name}`);
}
