import type { ConfigArguments } from '../cli/arguments.ts';
import type { sendmailCommands } from '../cli/families/sendmail.ts';
import { sendmailCommand } from '../cli/sendmail/sendmail-command.ts';
import { parseSendmailArguments, type SendmailName } from '../core/sendmail/arguments.ts';
import { EX_OK } from './exit-codes.ts';
import type { Here, Runner } from './runner.ts';
import { configOf, configOfProgram } from './settings.ts';

export const runners: Readonly<Record<keyof typeof sendmailCommands, Runner>> = {
  sendmail: ({ operands }, here) => sendmail('sendmail', operands, here),
  mailq: ({ operands }, here) => sendmail('mailq', operands, here),
  newaliases: ({ operands }, here) => sendmail('newaliases', operands, here),
};

/** Programs call it for every message, and wait for it: what only some calls need is loaded by them. */
export async function sendmail(name: SendmailName, words: readonly string[], here: Here): Promise<number> {
  const { environment, print, warn } = here;
  const request = parseSendmailArguments(words, name);
  const settings: ConfigArguments =
    request.settingsFile === undefined ? { sets: [] } : { sets: [], configFile: request.settingsFile };
  return sendmailCommand(request, {
    environment,
    input: process.stdin,
    output: process.stdout,
    print,
    warn,
    config: async () => configOfProgram(settings, environment),
    async help() {
      const { usage } = await import('../cli/usage.ts');
      print(usage([name]).trimEnd());
      return EX_OK;
    },
    async list() {
      const { onQueue } = await import('./queue.ts');
      const { mailqCommand } = await import('../cli/postfix/mailq.ts');
      const { shownMessages } = await import('../cli/postfix/shown-message.ts');
      const { droppedHere } = await import('./dropped-here.ts');
      const dropped = droppedHere(configOf(settings, environment), environment);
      return onQueue({ settings }, here, (queue) =>
        mailqCommand(shownMessages(queue.messages(), dropped), print),
      );
    },
    async flush(names) {
      const { onQueue } = await import('./queue.ts');
      const { flushCommand } = await import('../cli/queue-commands.ts');
      return onQueue({ settings }, here, (queue) => flushCommand(queue, names, print));
    },
  });
}
