/** Everything that is running, put away newest first: whoever opens it closes it. */
export class Parts {
  private readonly open: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];

  add(name: string, stop: () => Promise<void> | void): void {
    this.open.push({ name, stop });
  }

  /** Stops all of them even if one fails; `warn` hears of those that did. */
  async stop(warn: (name: string, error: unknown) => void): Promise<void> {
    for (let part = this.open.pop(); part !== undefined; part = this.open.pop()) {
      try {
        await part.stop();
      } catch (error) {
        warn(part.name, error);
      }
    }
  }
}
