/** Who runs the relay or a command, and what the system tells it. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number | undefined;
}
