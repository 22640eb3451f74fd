import { resolve } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import type { Config } from '../../config/config.ts';
import type { SendmailRequest } from '../../core/sendmail/arguments.ts';
import { openDrop } from '../../maildrop/drop.ts';
import { maildropPlaces } from '../../maildrop/places.ts';
import { ring } from '../../maildrop/ring.ts';
import { namedRecipients, recipientsTrouble } from './envelope.ts';
import { EX_DATAERR, EX_OK, EX_USAGE, type Outcome } from './outcome.ts';
import { submit } from './submit.ts';
import { callingUser } from './user.ts';

export interface SendmailSurroundings {
  readonly environment: Environment;
  readonly input: NodeJS.ReadableStream & AsyncIterable<Buffer>;
  readonly output: NodeJS.WritableStream;
  readonly print: (line: string) => boolean;
  readonly warn: (text: string) => void;
  readonly config: () => Promise<Config>;
  /** Those that other commands do as well. They resolve to an exit status. */
  readonly help: () => Promise<number>;
  readonly list: () => Promise<number>;
  readonly flush: (names: readonly string[]) => Promise<number>;
}

/** Does what sendmail(1), mailq(1) or newaliases(1) was called for; resolves to the exit status. Throws DropError, ConfigError. */
export async function sendmailCommand(
  request: SendmailRequest,
  around: SendmailSurroundings,
): Promise<number> {
  for (const text of request.warnings ?? []) around.warn(`warning: ${text}`);
  const { exitCode, text } = await outcomeOf(request, around);
  if (text !== undefined) around.warn(text);
  return exitCode;
}

async function outcomeOf(request: SendmailRequest, around: SendmailSurroundings): Promise<Outcome> {
  switch (request.kind) {
    case 'help':
      return { exitCode: await around.help() };
    case 'refused':
      return { exitCode: EX_USAGE, text: request.reason };
    case 'nothing':
      return { exitCode: EX_OK };
    case 'list':
      return { exitCode: await around.list() };
    case 'flush':
      return { exitCode: await around.flush(request.names) };
    case 'verify':
      return verify(request.recipients, around);
    case 'smtp':
      // It has the whole of the intake in it.
      return (await import('./smtp-dialog.ts')).smtpDialog(around);
    case 'message': {
      const { environment, input } = around;
      const places = maildropPlaces(await spoolOf(request, around));
      return submit(request, {
        user: callingUser(environment),
        input,
        openDrop: () => openDrop(places.directory),
        ring: (name) => ring(places.socket, name),
      });
    }
  }
}

/** Where the wrapper in /usr/sbin says it, nothing else of the settings matters here, and reading them takes time. */
async function spoolOf(
  request: SendmailRequest,
  { environment, config }: SendmailSurroundings,
): Promise<string> {
  const named = environment.env['DANE_RELAY_SPOOL_DIR'] ?? '';
  if (named !== '' && request.settingsFile === undefined) return resolve(named);
  const { submissionSpool } = await import('../../config/spool-directory.ts');
  return submissionSpool(await config(), environment);
}

/** All of them go to the relay, if they are addresses at all. */
function verify(lists: readonly string[], { print }: SendmailSurroundings): Outcome {
  const recipients = namedRecipients(lists);
  const text = recipientsTrouble(recipients);
  if (text !== undefined) return { exitCode: EX_DATAERR, text };
  for (const address of recipients) print(`${address}... deliverable: mailer dane-relay`);
  return { exitCode: EX_OK };
}
