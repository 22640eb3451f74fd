import { parseArgs } from 'node:util';

export interface FuzzOptions {
  /** Per target. */
  readonly seconds: number;
  /** Of the first round. */
  readonly seed: number;
  /** Per target; absent: as many as the time allows. */
  readonly rounds?: number;
  /** Absent: all. */
  readonly target?: string;
}

export const usage = `npm run fuzz -- [--seconds N] [--seed N] [--rounds N] [--target NAME]
  --seconds N    time for each target, default 60
  --seed N       seed of the first round, the next round has the next; default by the clock
  --rounds N     rounds of each target, however long they take
  --target NAME  one of `;

/** Throws an Error that says what is wrong. */
export function readOptions(
  args: readonly string[],
  targets: readonly string[],
  clockMs: number,
): FuzzOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: text, seed: text, rounds: text, target: text },
  });
  const { target, rounds } = values;
  if (target !== undefined && !targets.includes(target)) throw new Error(`no target ${target}`);
  return {
    seconds: whole('--seconds', values.seconds ?? '60'),
    seed: values.seed === undefined ? Math.floor(clockMs / 1000) % 2 ** 31 : whole('--seed', values.seed),
    ...(rounds === undefined ? {} : { rounds: whole('--rounds', rounds) }),
    ...(target === undefined ? {} : { target }),
  };
}

function whole(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${option} takes a whole number, not ${text}`);
  return Number(text);
}
