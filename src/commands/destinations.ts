import { has } from '../cli/arguments.ts';
import { listDestinations } from '../cli/destinations-command.ts';
import type { destinationsCommands } from '../cli/families/destinations.ts';
import { UsageError } from '../cli/usage-error.ts';
import { ownName } from '../daemon/own-name.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof destinationsCommands, Runner>> = {
  async destinations(command, here) {
    const isNote = has(command, 'note');
    if (isNote && has(command, 'json')) throw new UsageError('--note and --json do not go together.');
    const { hostname } = configOf(command.settings, here.environment);
    const name = isNote ? await ownName(hostname) : '';
    return onQueue(command, here, (queue) =>
      listDestinations(queue, {
        destinations: command.operands,
        output: isNote ? 'note' : has(command, 'json') ? 'json' : 'text',
        hostname: name,
        print: here.print,
      }),
    );
  },
};
