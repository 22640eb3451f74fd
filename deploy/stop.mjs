/** Ends the run with a sentence for the person at the keyboard. Exit codes are those of sysexits. */
export class Stop extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}
