import { parseArgs } from 'node:util';

export interface KitOptions {
  /** Mail servers to play with, in lower case; empty: all. */
  readonly named: readonly string[];
  /** The page gets the scoreboard. */
  readonly isWritten: boolean;
  /** Only the parts with this in their title. */
  readonly part?: string;
}

export const usage = `npm run conformance -- [NAME...] [--part TEXT], or: npm run conformance -- --write
  NAME     a mail server to play with: dane-relay, postfix, exim; default all
  --part   only the parts with this text in their title: cases, or a theme of the vectors
  --write  puts the scoreboard of all of them into docs/conformance.md
`;

/** Throws an Error that says what is wrong. */
export function readOptions(args: readonly string[], names: readonly string[]): KitOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { write: { type: 'boolean' }, part: { type: 'string' } },
    allowPositionals: true,
  });
  const named = positionals.map((name) => name.toLowerCase());
  const unknown = named.find((name) => !names.some((one) => one.toLowerCase() === name));
  if (unknown !== undefined) throw new Error(`no mail server ${unknown}`);
  const isWritten = values.write ?? false;
  const { part } = values;
  if (isWritten && (named.length > 0 || part !== undefined))
    throw new Error('--write is for all mail servers and all parts');
  return { named, isWritten, ...(part !== undefined && { part }) };
}
