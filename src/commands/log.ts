import { has } from '../cli/arguments.ts';
import type { logCommands } from '../cli/families/log.ts';
import { explainLines } from '../cli/log-explain.ts';
import { EX_DATAERR, EX_OK } from './exit-codes.ts';
import type { Runner } from './runner.ts';

export const runners: Readonly<Record<keyof typeof logCommands, Runner>> = {
  async 'log explain'(command, { print }) {
    const { operands } = command;
    const input = operands.length === 0 ? process.stdin : [Buffer.from(operands.join(' '))];
    const known = await explainLines(input, { json: has(command, 'json'), print });
    return known ? EX_OK : EX_DATAERR;
  },
};
