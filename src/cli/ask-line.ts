import { createInterface } from 'node:readline';

/** The line that is typed at a terminal; empty if there is none. */
export async function askLine(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  const terminal = createInterface({ input, output, terminal: true });
  return new Promise((resolve) => {
    terminal.once('SIGINT', () => terminal.close());
    terminal.once('close', () => resolve(''));
    terminal.question(question, (line) => {
      resolve(line.trim());
      terminal.close();
    });
  });
}
