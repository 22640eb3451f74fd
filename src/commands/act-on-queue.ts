import { has, type Command } from '../cli/arguments.ts';
import { actCommand, type ActTools, type Meant } from '../cli/queue/act-command.ts';
import { filterOf } from '../cli/filter-options.ts';
import { withQueue } from '../cli/queue-commands.ts';
import { hint } from '../cli/slips.ts';
import { UsageError } from '../cli/usage-error.ts';
import { askLine } from '../cli/ask-line.ts';
import type { Act, Acted } from '../queue/open-queue.ts';
import { EX_OK, EX_TEMPFAIL, EX_USAGE } from './exit-codes.ts';
import { progressOnTerminal } from './progress-on-terminal.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

const exitCodes = { all: EX_OK, 'not all': EX_TEMPFAIL, 'not confirmed': EX_USAGE } as const;

/** A command that does something to the messages that are named, or meant by options. */
export function actingOnQueue(act: Act): Runner {
  return async (command, here) => {
    const { environment, warn } = here;
    const meant = meantBy(command);
    const tools = toolsOf(command, here);
    const end = await withQueue(configOf(command.settings, environment), environment, warn, (queue) => {
      const actOne = async (queueId: string): Promise<Acted> => {
        const acted = await queue.act(act, queueId);
        if (act !== 'expire' || acted.result === 'unknown' || !has(command, 'release')) return acted;
        const { held } = await queue.act('release', queueId);
        return { ...acted, held };
      };
      return actCommand(queue, actOne, { what: act, meant }, tools);
    });
    return exitCodes[end];
  };
}

function meantBy(command: Command): Meant {
  const { name, operands } = command;
  const filter = filterOf(command, Date.now());
  if (name === 'queue release' && operands.includes('all'))
    return { kind: 'filter', filter: { ...filter, states: ['held', 'hold'] } };
  if (filter === undefined && operands.length === 0)
    throw new UsageError(
      `"${name}" needs the id of a message, or an option that says which are meant.${hint(name)}`,
    );
  if (filter !== undefined && operands.length > 0)
    throw new UsageError(
      `"${name}" takes either ids or options that say which messages are meant.${hint(name)}`,
    );
  return filter === undefined ? { kind: 'ids', ids: operands } : { kind: 'filter', filter };
}

function toolsOf(command: Command, { print, warn }: Here): ActTools {
  const { stdin, stderr, stdout } = process;
  // Lines of the command itself tell on a terminal how far it is.
  const progress = progressOnTerminal(!stdout.isTTY);
  return {
    input: stdin,
    json: has(command, 'json'),
    print,
    warn,
    progress,
    sure: has(command, 'yes') || command.operands.includes('all'),
    ...(stdin.isTTY &&
      stderr.isTTY && {
        confirm: async (question: string) => /^y(?:es)?$/i.test(await askLine(stdin, stderr, question)),
      }),
  };
}
