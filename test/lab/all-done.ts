/** As Promise.all, but rejects only when nothing is under way any more. */
export async function allDone<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
