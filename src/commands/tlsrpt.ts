import { has } from '../cli/arguments.ts';
import type { tlsrptCommands } from '../cli/families/tlsrpt.ts';
import { hastenReports, showReports, suppressReports } from '../cli/tlsrpt-commands.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';

export const runners: Readonly<Record<keyof typeof tlsrptCommands, Runner>> = {
  'tlsrpt show': (command, here) =>
    onQueue(command, here, (queue) =>
      showReports(queue, command.operands, {
        json: has(command, 'json'),
        now: Date.now(),
        print: here.print,
      }),
    ),
  'tlsrpt send': (command, here) =>
    onQueue(command, here, (queue) =>
      hastenReports(queue, command.operands, { now: Date.now(), print: here.print }),
    ),
  'tlsrpt suppress': (command, here) =>
    onQueue(command, here, (queue) =>
      suppressReports(queue, command.operands, {
        remove: has(command, 'remove'),
        json: has(command, 'json'),
        now: Date.now(),
        print: here.print,
      }),
    ),
};
