/** What an AUTH command line says (RFC 4954 §4). */
export interface AuthCommand {
  /** In upper case; perhaps none that we have. */
  readonly mechanism: string;
  /** `=` or base64, unchecked. */
  readonly initial: string | undefined;
}

/** Undefined if it is no AUTH command. Blanks more than one are taken, as some clients send two. */
export function parseAuthCommand(line: string): AuthCommand | undefined {
  const [, mechanism, initial] = /^AUTH +([A-Za-z0-9_-]{1,20})(?: +([^ ]+))? *$/i.exec(line) ?? [];
  return mechanism === undefined ? undefined : { mechanism: mechanism.toUpperCase(), initial };
}
