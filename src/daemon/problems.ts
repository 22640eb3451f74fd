/** Health: what is wrong with the parts of the relay. Each part is asked again each time. */
export class Problems {
  readonly #sources: (() => Iterable<readonly [part: string, trouble: string]>)[] = [];

  /** @param trouble in words for the operator; undefined while all is well */
  ask(part: string, trouble: () => string | undefined): void {
    this.#sources.push(() => {
      const text = trouble();
      return text === undefined ? [] : [[part, text]];
    });
  }

  /** @param all part -> trouble */
  askAll(all: () => ReadonlyMap<string, string>): void {
    this.#sources.push(all);
  }

  current(): ReadonlyMap<string, string> {
    return new Map(this.#sources.flatMap((source) => [...source()]));
  }
}
