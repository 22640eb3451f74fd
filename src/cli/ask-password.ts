import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { UsageError } from './usage-error.ts';

/** Octets of a line that may yet be a password. */
const longestLine = 4096;

/**
 * A password: from a terminal, which does not show it, else the first line of standard input. Throws UsageError if there
 * is none, or if it was given up.
 */
export async function askPassword(
  input: NodeJS.ReadStream,
  prompts: readonly string[],
  show: (text: string) => unknown,
): Promise<string> {
  if (!input.isTTY) return firstLine(input);
  const answers = await hiddenLines(input, prompts, show);
  const [password] = answers;
  if (password === undefined || answers.length < prompts.length)
    throw new UsageError('No password was given.');
  if (answers.some((answer) => answer !== password)) throw new UsageError('The two passwords differ.');
  return password;
}

/** The lines that are typed at each prompt. From before the first prompt to the end, the terminal echoes nothing. */
function hiddenLines(
  input: NodeJS.ReadStream,
  prompts: readonly string[],
  show: (text: string) => unknown,
): Promise<readonly string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: nowhere, terminal: true });
  const answers: string[] = [];
  return new Promise((resolve) => {
    const ask = (): void => {
      const prompt = prompts[answers.length];
      if (prompt === undefined) terminal.close();
      else show(prompt);
    };
    terminal.on('line', (line) => {
      answers.push(line);
      show('\n');
      ask();
    });
    // End of input, or Control-C.
    terminal.once('SIGINT', () => terminal.close());
    terminal.once('close', () => resolve(answers));
    ask();
  });
}

async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of input) {
    const octets = Buffer.from(piece as Buffer | string);
    pieces.push(octets);
    length += octets.length;
    if (octets.includes('\n') || length > longestLine) break;
  }
  const [line = ''] = Buffer.concat(pieces).toString('utf8').split('\n');
  return line.replace(/\r$/, '');
}
