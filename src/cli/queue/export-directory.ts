import { mkdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mailLine, rcptLine } from '../../core/leaving/envelope-lines.ts';
import {
  contentName,
  leavingJson,
  leavingState,
  leavingStates,
  type LeavingMessage,
  type LeavingState,
} from '../../core/leaving/leaving.ts';
import { resendScript } from '../../core/leaving/resend-script.ts';
import {
  assertFree,
  cannotCreate,
  openNewFile,
  partialOf,
  syncDirectory,
  writeNewFile,
} from '../files/new-file.ts';

/** Messages as files, for another mail system. The directory has its name when all of it is on stable storage. */
export interface ExportDirectory {
  /** The ids of its messages, one a line; once it is finished. */
  readonly ids: string;
  /** Resolves to the states in which recipients are. Rejects if the content cannot be read to its end. */
  write(message: LeavingMessage, content: AsyncIterable<Buffer>): Promise<readonly LeavingState[]>;
  finish(): Promise<void>;
  /** Nothing is left of it. */
  discard(): Promise<void>;
}

const readme = `Mail that waited in a dane-relay, for another mail system.

  content/ID.eml  each message, as it would have been sent
  send/ID         its envelope, in SMTP: sender and recipients that wait
  hold/ID         the same of what was on hold
  held/ID         the same of recipients who may have the message: the mail
                  server had it all, and did not say whether it took it
  sent/ID         recipients that "resend" has handed over
  messages.jsonl  an object for each message
  ids             the ids of all messages, one a line
  resend          hands over what is in send:  sh resend

The envelope has all recipients, those of Bcc among them: do not hand it on with
the content.
`;

/** Throws CannotCreateError. */
export async function openExportDirectory(path: string): Promise<ExportDirectory> {
  await assertFree(path);
  const partial = partialOf(path);
  const under = (...names: readonly string[]): string => join(partial, ...names);
  const inside = ['content', ...leavingStates, 'sent'];
  try {
    await mkdir(partial, { mode: 0o700 });
    for (const name of inside) await mkdir(under(name), { mode: 0o700 });
  } catch (error) {
    throw cannotCreate(partial, error);
  }
  const ids = await openNewFile(under('ids'));
  const facts = await openNewFile(under('messages.jsonl'));
  /** Lines of several messages do not mix. */
  let noted: Promise<unknown> = Promise.resolve();

  return {
    ids: join(path, 'ids'),
    async write(leaving, content) {
      const { message, recipients } = leaving;
      const file = under(contentName(message.queueId));
      try {
        const bytes = await writeNewFile(file, content);
        if (bytes !== message.size)
          throw new Error(`its content has ${bytes} octets, and should have ${message.size}`);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
          await unlink(file).catch(() => {});
        throw error;
      }
      const states = leavingStates.filter((state) => recipients.some((one) => leavingState(one) === state));
      for (const state of states) {
        const some = recipients.filter((one) => leavingState(one) === state);
        const lines = [mailLine(message.envelope), ...some.map(rcptLine)];
        await writeNewFile(under(state, message.queueId), [`${lines.join('\n')}\n`]);
      }
      noted = noted.then(async () => {
        await facts.write(`${leavingJson(leaving)}\n`);
        await ids.write(`${message.queueId}\n`);
      });
      await noted;
      return states;
    },
    async finish() {
      await ids.finish();
      await facts.finish();
      await writeNewFile(under('README'), [readme]);
      await writeNewFile(under('resend'), [resendScript]);
      for (const name of [...inside, '']) await syncDirectory(under(name));
      await assertFree(path);
      await rename(partial, path);
      await syncDirectory(dirname(path));
    },
    async discard() {
      await ids.discard();
      await facts.discard();
      await rm(partial, { recursive: true, force: true });
    },
  };
}
