/** What a script answers, raw: integers, buffers, arrays of these. */
export type Answer = number | Buffer | null | readonly Answer[];

export function text(answer: Answer | undefined): string {
  return Buffer.isBuffer(answer) ? answer.toString() : String(answer ?? '');
}

export function list(answer: Answer | undefined): readonly Answer[] {
  return Array.isArray(answer) ? (answer as readonly Answer[]) : [];
}
