import { has, valueOf, type Command } from '../cli/arguments.ts';
import {
  checkKeysCommand,
  createKeysCommand,
  dkimTools,
  showKeysCommand,
  type DkimTools,
} from '../cli/dkim-commands.ts';
import type { dkimCommands } from '../cli/families/dkim.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Config } from '../config/config.ts';
import { newKeyTypes } from '../dkim/make-keys.ts';
import { EX_DATAERR, EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

const exit = { done: EX_OK, wrong: EX_DATAERR, later: EX_TEMPFAIL } as const;

export const runners: Readonly<Record<keyof typeof dkimCommands, Runner>> = {
  async 'dkim create'(command, here) {
    const { tools } = toolsOf(command, here);
    const selector = valueOf(command, 'selector');
    const algorithm = newKeyTypes.find((type) => type === valueOf(command, 'algorithm')) ?? 'both';
    const wanted = { domains: command.operands, algorithm, now: Date.now(), ...(selector && { selector }) };
    return exit[await createKeysCommand(wanted, tools)];
  },
  async 'dkim show'(command, here) {
    return exit[await showKeysCommand(command.operands, toolsOf(command, here).tools)];
  },
  async 'dkim check'(command, here) {
    const { config, tools } = toolsOf(command, here);
    const { withLookups } = await import('../daemon/look-up-once.ts');
    return exit[await withLookups(config, (lookup) => checkKeysCommand(command.operands, lookup, tools))];
  },
};

function toolsOf(
  command: Command,
  { environment, print, warn }: Here,
): { readonly config: Config; readonly tools: DkimTools } {
  const config = configOf(command.settings, environment);
  const dataDir = dataDirectory(config.dataDir, environment);
  return { config, tools: dkimTools(config, dataDir, { json: has(command, 'json'), print, warn }) };
}
