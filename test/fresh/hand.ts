import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './machine.ts';

/** Somebody at the keyboard of a machine who looks at what a command says. */
export interface Hand {
  /** Runs a shell line; throws an Error unless it ends with `code` and says something like `pattern`. Resolves to what it said. */
  does(line: string, pattern?: RegExp, code?: number): Promise<string>;
  /** Runs it again and again until it does. */
  eventually(line: string, pattern?: RegExp): Promise<string>;
  /** Does a part of the work, under a heading. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

const patienceMs = 300_000;

export function handAt(machine: Machine, user: string, say: (text: string) => void): Hand {
  const does = async (line: string, pattern = /^/, code = 0): Promise<string> => {
    const ended = await machine.run(user, line);
    if (ended.code === code && pattern.test(ended.output)) return ended.output;
    const end = ended.output.trimEnd().split('\n').slice(-40).join('\n');
    throw new Error(`"${line}" ended with ${ended.code}, wanted ${code} and ${pattern}:\n${end}`);
  };
  return {
    does,
    async eventually(line, pattern = /^/) {
      const until = Date.now() + patienceMs;
      for (;;) {
        try {
          return await does(line, pattern);
        } catch (error) {
          if (Date.now() > until) throw error;
        }
        await sleep(300);
      }
    },
    async step(what, work) {
      const startedAt = Date.now();
      say(`--- ${what}\n`);
      const result = await work();
      say(`    done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
      return result;
    },
  };
}
