/**
 * Like Promise.all, but rejects only when all have ended: what still ran in a transaction would run into its rollback. Statements of one
 * connection that are asked side by side travel together and are done in the order of asking, each seeing what was committed before it.
 */
export async function allEnded<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const ended = await Promise.allSettled(work);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return ended.map((each) => (each as PromiseFulfilledResult<unknown>).value) as never;
}
