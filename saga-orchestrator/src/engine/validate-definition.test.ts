import { expect } from 'chai';
import { cancelOrder } from '../sagas/cancel-order.ts';
import { createCatalogue } from '../sagas/catalogue.ts';
import { placeOrder } from '../sagas/place-order.ts';
import {
  type AnyDefinition,
  command,
  compensatable,
  defineSaga,
  origin,
  pivot,
  retriable,
  together,
} from './definition.ts';
import { validateDefinition } from './validate-definition.ts';

const some = command('some-service.do-it', () => ({}));
const zero = origin('begin', { compensation: some });
const undoable = (name: string) => compensatable(name, { command: some, compensation: some });
const decide = (name: string) => pivot(name, { command: some, abortOrLearn: some });
const repeat = (name: string) => retriable(name, { command: some });

describe('a definition', () => {
  it('of the shop can be run', () => {
    for (const definition of [placeOrder, cancelOrder]) expect(validateDefinition(definition)).to.deep.equal([]);
  });

  it('has nothing to undo after its pivot and nothing to retry before it', () => {
    const faults = faultsOf(defineSaga({ ...base, steps: [repeat('a'), decide('b'), undoable('c')] }));
    expect(faults).to.deep.equal([
      'a is retriable and stands before the pivot',
      'c is compensatable and stands after the pivot',
    ]);
  });

  it('has one pivot, and that stands alone', () => {
    expect(faultsOf(defineSaga({ ...base, steps: [decide('a'), decide('b')] }))).to.deep.equal([
      'it has 2 pivots: a, b',
    ]);
    expect(faultsOf(defineSaga({ ...base, steps: [together(undoable('a'), decide('b'))] }))).to.deep.equal([
      'the pivot runs beside other steps',
    ]);
  });

  it('without a pivot only retries', () => {
    const { origin: _none, ...rest } = base;
    expect(faultsOf(defineSaga({ ...rest, steps: [undoable('a'), repeat('b')] }))).to.deep.equal([
      'a is compensatable, but there is no pivot',
    ]);
    expect(faultsOf(defineSaga({ ...rest, steps: [decide('a')] }))).to.deep.equal([
      'it has a pivot but no step zero to undo',
    ]);
  });

  it('names each step once, in kebab case, with attempts, a timeout and commands that name their service', () => {
    const odd = compensatable('Odd', { command: command('doit', () => ({})), compensation: some, attempts: 0 });
    const faults = faultsOf(defineSaga({ ...base, steps: [undoable('begin'), { ...odd, timeoutMs: 0 }, decide('d')] }));
    expect(faults).to.have.members([
      'begin is named twice',
      'Odd is not in kebab case',
      'Odd has no timeout',
      'Odd is never attempted',
      'Odd: doit is not <service>.<verb-noun>',
    ]);
  });
});

describe('the catalogue of sagas', () => {
  it('finds a saga by version, the newest for new ones, and gives each graph a hash of its own', () => {
    const second = { ...placeOrder, version: 2 };
    const { get, latest, sagas } = createCatalogue([second, placeOrder]);
    expect(get('place-order', 1)).to.equal(placeOrder);
    expect(latest('place-order')).to.equal(second);
    expect(new Set(sagas.map(({ hash }) => hash)).size).to.equal(2);
    expect(() => get('place-order', 3)).to.throw('there is no definition of the saga place-order v3');
  });

  it('refuses wrong and doubled definitions, naming every fault', () => {
    const wrong = { ...placeOrder, groups: [] };
    expect(() => createCatalogue([wrong, placeOrder])).to.throw(/it has no steps.*place-order v1 is there twice/);
  });
});

const base = { type: 'some-saga', version: 1, origin: zero };

function faultsOf(definition: AnyDefinition): string[] {
  return validateDefinition(definition).map((fault) => fault.replace('some-saga v1: ', ''));
}
