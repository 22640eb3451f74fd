import { has, valueOf, valuesOf } from '../cli/arguments.ts';
import type { tokensCommands } from '../cli/families/tokens.ts';
import { addToken, listTokens, removeTokens } from '../cli/token-commands.ts';
import { EX_OK, EX_TEMPFAIL } from './exit-codes.ts';
import type { Runner } from './runner.ts';
import { configOf } from './settings.ts';

export const runners: Readonly<Record<keyof typeof tokensCommands, Runner>> = {
  async 'token add'(command, { environment, print }) {
    const [name = ''] = command.operands;
    const wishes = {
      senders: valuesOf(command, 'sender'),
      rate: valueOf(command, 'rate'),
      size: valueOf(command, 'size'),
    };
    print(addToken(configOf(command.settings, environment), environment, name, wishes));
    return EX_OK;
  },
  async 'token remove'({ settings, operands }, { environment, print }) {
    const done = removeTokens(configOf(settings, environment), environment, operands, print);
    return done ? EX_OK : EX_TEMPFAIL;
  },
  async 'token list'(command, { environment, print }) {
    listTokens(configOf(command.settings, environment), environment, has(command, 'json'), print);
    return EX_OK;
  },
};
