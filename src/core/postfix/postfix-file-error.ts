/** A file of Postfix that Postfix itself would not read, or not act upon. The message begins with file and line. */
export class PostfixFileError extends Error {
  override readonly name = 'PostfixFileError';
  readonly code = 'POSTFIX_FILE';
  /** EX_DATAERR of sysexits. */
  readonly exitCode = 65;

  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
  }
}
