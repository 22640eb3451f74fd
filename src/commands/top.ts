import { has } from '../cli/arguments.ts';
import type { topCommands } from '../cli/families/top.ts';
import { withQueue } from '../cli/queue-commands.ts';
import { askTop, TopRefused, topOfQueue } from '../cli/top/ask-top.ts';
import { showTop } from '../cli/top/show-top.ts';
import { topLines } from '../cli/top/top-text.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { statusSocket } from '../config/role.ts';
import type { Top } from '../core/delivery/top-row.ts';
import { EX_OK } from './exit-codes.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';
import { untilInterrupted } from './until-interrupted.ts';

export const runners: Readonly<Record<keyof typeof topCommands, Runner>> = {
  async 'queue top'(command, { environment, print, warn }) {
    const config = configOf(command.settings, environment);
    const dataDir = dataDirectory(config.dataDir, environment);
    const sockets = [statusSocket(dataDir, 'all'), statusSocket(dataDir, 'delivery')];
    const { stdin, stdout } = process;
    const show = async (ask: () => Promise<Top>): Promise<void> => {
      const json = has(command, 'json');
      if (stdin.isTTY && stdout.isTTY && !json && !has(command, 'once')) {
        await showTop(ask, { input: stdin, output: stdout }, untilInterrupted());
        return;
      }
      const top = await ask();
      for (const line of json ? [JSON.stringify(top)] : topLines(top)) if (!print(line)) return;
    };

    const first = await askTop(sockets);
    if (first === undefined) {
      // The queue is opened once, however long it is watched.
      await withQueue(config, environment, warn, (queue) => show(() => topOfQueue(queue, Date.now())));
      return EX_OK;
    }
    let known: Top | undefined = first;
    await show(async () => {
      const top = known ?? (await askTop(sockets));
      known = undefined;
      if (top === undefined) throw new TopRefused('the relay has stopped');
      return top;
    });
    return EX_OK;
  },
};
