/**
 * Works on items, several at a time, and hands over the results in the order of the items. No item is begun that is far
 * ahead of the result that is to be handed over next, so few results wait, however many items there are.
 *
 * @param atOnce items under way at the same time
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const ahead = 4 * atOnce;
  const under: Promise<R>[] = [];
  let running = 0;
  let begun = 0;
  let handedOver = 0;
  const fill = (): void => {
    while (begun < items.length && running < atOnce && begun - handedOver < ahead) {
      const item = items[begun] as T;
      running += 1;
      const result = work(item).finally(() => {
        running -= 1;
        fill();
      });
      // Whoever takes it hears of the failure.
      result.catch(() => {});
      under.push(result);
      begun += 1;
    }
  };
  fill();
  while (handedOver < items.length) {
    const next = under.shift();
    if (next === undefined) throw new Error('no work under way');
    const result = await next;
    handedOver += 1;
    fill();
    yield result;
  }
}
