import { has } from '../cli/arguments.ts';
import type { stsCommands } from '../cli/families/sts.ts';
import { dropKnown, listPolicies, refreshKnown } from '../cli/sts-commands.ts';
import { onQueue } from './queue.ts';
import type { Runner } from './runner.ts';

export const runners: Readonly<Record<keyof typeof stsCommands, Runner>> = {
  'sts list': (command, here) =>
    onQueue(command, here, (queue) =>
      listPolicies(queue, {
        domains: command.operands,
        json: has(command, 'json'),
        now: Date.now(),
        print: here.print,
      }),
    ),
  'sts refresh': (command, here) =>
    onQueue(command, here, (queue) => refreshKnown(queue, command.operands, here.print)),
  'sts drop': (command, here) =>
    onQueue(command, here, (queue) => dropKnown(queue, command.operands, here.print)),
};
