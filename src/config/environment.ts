/** The user that runs the relay or a command, and its environment variables. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number | undefined;
}
