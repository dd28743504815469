/** A row that is not as it must be, named so that it can be found. */
export interface Breach {
  /** `order 7`, `product 3`: what is wrong, the same in each run. */
  readonly subject: string;
  readonly detail: string;
}

/** The outcome of one check over everything it looked at. */
export interface CheckResult {
  readonly name: string;
  /** What holds when there is no breach. */
  readonly claim: string;
  /** How many things were looked at. */
  readonly checked: number;
  readonly breaches: readonly Breach[];
}

/** Looks at each thing; what the test returns is the detail of a breach. */
export function checkEach<T>(
  check: { readonly name: string; readonly claim: string; readonly subject: (thing: T) => string },
  things: readonly T[],
  test: (thing: T) => string | undefined,
): CheckResult {
  const breaches = things.flatMap((thing): Breach[] => {
    const detail = test(thing);
    return detail === undefined ? [] : [{ subject: check.subject(thing), detail }];
  });
  return { name: check.name, claim: check.claim, checked: things.length, breaches };
}
