import { beginningOf } from '../core/mail/printable.ts';

/** Text of others, from a file or standard input. */
export type Input = AsyncIterable<Buffer> | Iterable<Buffer>;

/**
 * Lines of `input` that are not empty. However long a line is, no more of it is kept than `longest` characters and one, which
 * tells that it is too long.
 */
export async function* linesOf(input: Input, longest: number): AsyncGenerator<string> {
  const longer = (line: string, more: string): string => beginningOf(`${line}${more}`, longest + 1);
  let line = '';
  const decoder = new TextDecoder();
  for await (const octets of input) {
    const [first = '', ...others] = decoder.decode(octets, { stream: true }).split('\n');
    line = longer(line, first);
    for (const next of others) {
      if (line.trim() !== '') yield line;
      line = longer('', next);
    }
  }
  if (line.trim() !== '') yield line;
}
