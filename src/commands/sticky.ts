import { has } from '../cli/arguments.ts';
import type { stickyCommands } from '../cli/families/sticky.ts';
import { listRemembered, releaseRemembered } from '../cli/sticky-commands.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof stickyCommands, Runner>> = {
  'sticky list': (command, here) =>
    onQueue(command, here, (queue) =>
      listRemembered(queue, {
        destinations: command.operands,
        json: has(command, 'json'),
        horizonMs: configOf(command.settings, here.environment).tls.stickyHorizonMs,
        now: Date.now(),
        print: here.print,
      }),
    ),
  'sticky release': (command, here) =>
    onQueue(command, here, (queue) => releaseRemembered(queue, command.operands, here.print)),
};
