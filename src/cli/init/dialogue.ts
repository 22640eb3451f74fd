import { createInterface } from 'node:readline';
import { LONGEST_ANSWER } from './read-answer.ts';

/** A person at a terminal. */
export interface Dialogue {
  /** The line that is typed; undefined if it was given up with ^C or ^D. */
  ask(question: string): Promise<string | undefined>;
}

/** So much is taken from a terminal at a time: nobody types it, and what is longer is no answer. */
const MOST_TYPED = 64 * LONGEST_ANSWER;

/** Between two questions the terminal is as it was, so that ^C ends what is under way then. */
export function openDialogue(input: NodeJS.ReadStream, output: NodeJS.WritableStream): Dialogue {
  /** Lines that were typed, or put in, before they were asked for. */
  const ahead: string[] = [];
  return {
    ask(question) {
      const early = ahead.shift();
      if (early !== undefined) {
        output.write(`${question}${early}\n`);
        return Promise.resolve(early);
      }
      const terminal = createInterface({ input, output, terminal: true, historySize: 0 });
      let typed = 0;
      const count = (piece: Buffer | string): void => {
        typed += piece.length;
        if (typed > MOST_TYPED) terminal.close();
      };
      input.on('data', count);
      return new Promise((resolve) => {
        let answer: string | undefined;
        let isOver = false;
        terminal.on('line', (line) => {
          if (isOver) return;
          if (answer === undefined) answer = line;
          else if (ahead.length < MOST_AHEAD) ahead.push(line);
          // The rest of what came at once is still to be heard of.
          setImmediate(() => terminal.close());
        });
        // It may come right behind an answer, which it then takes back.
        terminal.once('SIGINT', () => {
          isOver = true;
          answer = undefined;
          terminal.close();
        });
        terminal.once('close', () => {
          input.off('data', count);
          if (answer === undefined) output.write('\n');
          resolve(answer);
        });
        terminal.setPrompt(question);
        terminal.prompt();
      });
    },
  };
}

const MOST_AHEAD = 100;
