/** Everything that is running. It is stopped in reverse order of its start. */
export class Parts {
  private readonly open: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];

  add(name: string, stop: () => Promise<void> | void): void {
    this.open.push({ name, stop });
  }

  /** Stops all of them even if one fails; `warn` is called for those that fail. */
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
