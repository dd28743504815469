import { expect } from 'chai';
import { findTestFiles, kindOf } from './test-files.ts';

describe('kindOf', () => {
  it('tells the kind of a test by where it stands', () => {
    expect(kindOf('order-service/src/domain/order.test.ts')).to.equal('unit');
    expect(kindOf('test/src/contracts/messages.test.ts')).to.equal('unit');
    expect(kindOf('deploy/ports/forwarder.test.ts')).to.equal('component');
    expect(kindOf('order-service/test/place-order.test.ts')).to.equal('component');
    expect(kindOf('chassis/test/outbox/append.test.ts')).to.equal('component');
    expect(kindOf('test/e2e/order.test.ts')).to.equal('end to end');
    expect(kindOf('test/security/tokens.test.ts')).to.equal('end to end');
    expect(kindOf('test/faults/kill-relay.test.ts')).to.equal('faults');
    expect(kindOf('test/containers/kill.test.ts')).to.equal('containers');
  });
});

describe('findTestFiles', () => {
  it('finds each file once, this one among them, none of the packages', () => {
    const paths = findTestFiles().map(({ path }) => path);

    expect(paths).to.include('scripts/src/test-run/test-files.test.ts');
    expect(new Set(paths).size).to.equal(paths.length);
    expect(paths.filter((path) => path.includes('node_modules'))).to.deep.equal([]);
  });

  it('narrows the choice to paths that contain a text', () => {
    expect(findTestFiles('test-files').map(({ path }) => path)).to.deep.equal([
      'scripts/src/test-run/test-files.test.ts',
    ]);
  });
});
