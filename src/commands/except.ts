import { has, valueOf } from '../cli/arguments.ts';
import { exceptionOf, listExceptions, removeExceptions, setException } from '../cli/except-commands.ts';
import type { exceptCommands } from '../cli/families/except.ts';
import { openTlsPolicies } from '../daemon/tls-policies.ts';
import type { Config } from '../config/config.ts';
import { onQueue } from './queue.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof exceptCommands, Runner>> = {
  except(command, here) {
    const [domain = ''] = command.operands;
    const now = Date.now();
    const wishes = {
      domain,
      level: valueOf(command, 'level'),
      until: valueOf(command, 'until'),
      reason: valueOf(command, 'reason'),
      by: callerOf(here),
    };
    const exception = exceptionOf(wishes, now);
    const usual = usualRule(configOf(command.settings, here.environment), exception.name);
    return onQueue(command, here, (queue) =>
      setException(queue, exception, { usual, now, print: here.print }),
    );
  },
  'except list': (command, here) =>
    onQueue(command, here, (queue) =>
      listExceptions(queue, { json: has(command, 'json'), now: Date.now(), print: here.print }),
    ),
  'except remove': (command, here) =>
    onQueue(command, here, (queue) =>
      removeExceptions(queue, command.operands, { by: callerOf(here), print: here.print }),
    ),
};

function callerOf({ environment }: Here): string {
  return `uid ${environment.uid ?? 'unknown'}`;
}

/** What the settings say of a next hop, as far as this process may read them. */
function usualRule({ tls }: Config, name: string): string {
  if (name.startsWith('.')) return 'what the settings say';
  try {
    const { entry, origin } = openTlsPolicies(tls, () => {}).ruleOf(name);
    return `${entry.kind === 'level' ? entry.level : 'an entry that makes no sense'} (${origin})`;
  } catch {
    return 'what the settings say';
  }
}
