import { has, type Command } from '../cli/arguments.ts';
import { askPassword } from '../cli/ask-password.ts';
import type { usersCommands } from '../cli/families/users.ts';
import { addUser, checkUser, listUsers, removeUser, type UserTools } from '../cli/user-commands.ts';
import { EX_CONFIG, EX_NOPERM, EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof usersCommands, Runner>> = {
  async 'user add'(command, here) {
    await addUser(toolsOf(command, here), nameOf(command), has(command, 'generate'));
    return EX_OK;
  },
  async 'user remove'(command, here) {
    return (await removeUser(toolsOf(command, here), nameOf(command))) ? EX_OK : EX_TEMPFAIL;
  },
  async 'user list'(command, here) {
    return listUsers(toolsOf(command, here), has(command, 'json')) ? EX_OK : EX_CONFIG;
  },
  async 'user check'(command, here) {
    return (await checkUser(toolsOf(command, here), nameOf(command))) ? EX_OK : EX_NOPERM;
  },
};

function toolsOf({ settings }: Command, { environment, print, warn }: Here): UserTools {
  const ask = (...prompts: readonly string[]): Promise<string> =>
    askPassword(process.stdin, prompts, (text) => process.stderr.write(text));
  return { config: configOf(settings, environment), print, warn, ask };
}

function nameOf({ operands }: Command): string {
  return operands[0] ?? '';
}
