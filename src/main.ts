#!/usr/bin/env node
import { basename } from 'node:path';
import { openOutput } from './cli/output.ts';
import { describeError } from './commands/describe-error.ts';
import { EX_CONFIG, EX_OK, EX_TEMPFAIL } from './commands/exit-codes.ts';
import type { Here } from './commands/runner.ts';
import { postfixNames } from './cli/postfix/names.ts';
import { sendmailNames } from './core/sendmail/arguments.ts';
import { warn as warnTo } from './maillog/warn.ts';

/*
 * What a command needs is loaded when it is asked for: programs call "sendmail" for every message, and wait for it.
 */

const warn = (text: string): void => warnTo(text, process.env['JOURNAL_STREAM']);
const output = openOutput(process.stdout);
const here: Here = {
  environment: { env: process.env, uid: process.getuid?.(), warn },
  print: (line) => output.print(line),
  warn,
};
// A message that cannot be written is dropped.
process.stderr.on('error', () => {});

/** Does what the command line asks for; resolves to the exit code (sysexits). */
async function main(argv: readonly string[]): Promise<number> {
  const called = callOf(sendmailNames, argv);
  if (called !== undefined) {
    const { sendmail } = await import('./commands/sendmail.ts');
    return sendmail(called.name, called.words, here);
  }
  const asPostfix = callOf(postfixNames, argv);
  if (asPostfix !== undefined) {
    const { postfix } = await import('./commands/postfix.ts');
    return postfix(asPostfix.name, asPostfix.words, here);
  }
  const { parseArguments } = await import('./cli/arguments.ts');
  const { findRunner } = await import('./commands/find-runner.ts');
  let command;
  try {
    command = parseArguments(argv);
  } catch (error) {
    if (argv[0] !== 'check' || !argv.includes('--nagios')) throw error;
    // A monitoring system knows four exit codes, and reads one line of standard output.
    const { pluginFailure } = await import('./commands/check.ts');
    return pluginFailure(error, here);
  }
  if (command.name === 'version') {
    const { version } = await import('./commands/version.ts');
    here.print(version());
    return EX_OK;
  }
  const run = await findRunner(command.name);
  return run(command, here);
}

/** Whether this is a call of one of these programs: by their names, or by ours and theirs as its first word. */
function callOf<Name extends string>(
  names: readonly Name[],
  argv: readonly string[],
): { readonly name: Name; readonly words: readonly string[] } | undefined {
  const named = names.find((one) => one === basename(process.argv[1] ?? ''));
  if (named !== undefined) return { name: named, words: argv };
  const name = names.find((one) => one === argv[0]);
  return name === undefined ? undefined : { name, words: argv.slice(1) };
}

/** Mistakes of the operator have their exit code; trouble of the relay may be over later; a bug shows its stack. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return EX_TEMPFAIL;
  if ('exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
  return 'code' in error && error.code === 'QUEUE_UNSAFE' ? EX_CONFIG : EX_TEMPFAIL;
}

try {
  process.exitCode = await main(process.argv.slice(2));
  output.check();
} catch (error) {
  warn(describeError(error));
  process.exitCode = exitCodeOf(error);
}
