import { bashCompletion } from '../cli/completion.ts';
import type { helpCommands } from '../cli/families/help.ts';
import { usage } from '../cli/usage.ts';
import { EX_OK } from './exit-codes.ts';
import type { Runner } from './runner.ts';

export const runners: Readonly<Record<keyof typeof helpCommands, Runner>> = {
  async help({ operands }, { print }) {
    print(usage(operands).trimEnd());
    return EX_OK;
  },
  async completion(_, { print }) {
    print(bashCompletion().trimEnd());
    return EX_OK;
  },
};
