import { expect } from 'chai';
import { exitCodeOf, type Outcome, readReport, summarise } from './results.ts';

describe('the summary of a test run', () => {
  it('ends with the counts alone on the last line', () => {
    const lines = summarise([outcome({ passed: 3 }), outcome({ kind: 'faults', passed: 1, failed: 2 })], 9_000).split(
      '\n',
    );

    expect(lines.at(-1)).to.equal('4 passed, 2 failed');
  });

  it('adds up the files of a kind in one row', () => {
    const text = summarise([outcome({ kind: 'component', passed: 2 }), outcome({ kind: 'component', passed: 5 })], 0);

    expect(text).to.match(/^component +2 +7 +0 +2\.0$/m);
  });

  it('repeats each failure with its file, so that the end of a long log tells what broke', () => {
    const text = summarise([outcome({ passed: 1 }), outcome({ failed: 1 })], 0);

    expect(text).to.contain('what failed:\n\n✖ some.test.ts: it\n    broke\n');
  });

  it('says nothing of failures when there are none', () => {
    expect(summarise([outcome({ passed: 1 })], 0)).not.to.contain('what failed');
  });
});

describe('exitCodeOf', () => {
  it('is 0 only when something passed and nothing failed', () => {
    expect(exitCodeOf([outcome({ passed: 1 })])).to.equal(0);
    expect(exitCodeOf([outcome({ passed: 1 }), outcome({ failed: 1 })])).to.equal(1);
    expect(exitCodeOf([])).to.equal(1);
  });
});

describe('readReport', () => {
  it('counts a skipped test as failed', () => {
    const { passed, failures } = readReport({
      stats: { passes: 4 },
      failures: [{ fullTitle: 'a fails', err: { message: 'no', stack: 'no\n at x' } }],
      pending: [{ fullTitle: 'b is left out', err: {} }],
    });

    expect(passed).to.equal(4);
    expect(failures).to.deep.equal([
      { title: 'a fails', detail: 'no\n at x' },
      { title: 'b is left out', detail: 'is skipped' },
    ]);
  });

  it('tells what was got and what was expected, which the message leaves out', () => {
    const err = { stack: 'no\n at x', actual: '{"owner":503}', expected: '{"owner":403}' };
    const { failures } = readReport({ stats: { passes: 0 }, failures: [{ fullTitle: 'a', err }], pending: [] });

    expect(failures[0]?.detail).to.equal('no\n at x\ngot {"owner":503}\nexpected {"owner":403}');
  });
});

function outcome({
  kind = 'unit',
  passed = 0,
  failed = 0,
}: {
  kind?: Outcome['kind'];
  passed?: number;
  failed?: number;
}) {
  const failures = Array.from({ length: failed }, () => ({ title: 'it', detail: 'broke' }));
  return { kind, title: 'some.test.ts', files: 1, passed, failures, ms: 1_000 } satisfies Outcome;
}
