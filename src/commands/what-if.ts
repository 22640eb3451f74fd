import { has, valueOf } from '../cli/arguments.ts';
import type { whatIfCommands } from '../cli/families/what-if.ts';
import { tellWhatIf } from '../cli/what-if-command.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';

export const runners: Readonly<Record<keyof typeof whatIfCommands, Runner>> = {
  'what-if': (command, here) =>
    onQueue(command, here, async (queue) => {
      await tellWhatIf(queue, {
        since: valueOf(command, 'since') ?? '7d',
        json: has(command, 'json'),
        now: Date.now(),
        print: here.print,
      });
      return true;
    }),
};
