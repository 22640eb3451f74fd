/** What a script answers, raw: integers, buffers, arrays of these. */
export type ScriptAnswer = number | Buffer | null | readonly ScriptAnswer[];

/** The reply cannot come from the script. Something that is not Redis has sent it, perhaps a proxy. */
export class StrangeAnswer extends Error {
  override readonly name = 'StrangeAnswer';
}

/** Throws StrangeAnswer, as all of these do. */
export function text(answer: ScriptAnswer | undefined): string {
  if (!Buffer.isBuffer(answer)) throw new StrangeAnswer('a string was wanted');
  return answer.toString();
}

export function integer(answer: ScriptAnswer | undefined): number {
  if (typeof answer !== 'number') throw new StrangeAnswer('an integer was wanted');
  return answer;
}

/** Of a score, or a time. */
export function decimal(answer: ScriptAnswer | undefined): number {
  const number = Number(text(answer) || NaN);
  if (Number.isNaN(number)) throw new StrangeAnswer('a number was wanted');
  return number;
}

export function list(answer: ScriptAnswer | undefined): readonly ScriptAnswer[] {
  if (!Array.isArray(answer)) throw new StrangeAnswer('a list was wanted');
  return answer as readonly ScriptAnswer[];
}

/** 1 or 0. */
export function flag(answer: ScriptAnswer | undefined): boolean {
  if (answer !== 1 && answer !== 0) throw new StrangeAnswer('1 or 0 was wanted');
  return answer === 1;
}
