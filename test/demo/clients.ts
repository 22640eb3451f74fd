import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sendMail } from '../support/send-mail.ts';

export interface Submission {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

/** The programs that hand the relay a mail. They resolve to its queue id, and reject when the relay refuses it. */
export const clients = { nodemailer: sendMail, swaks };

async function swaks(port: number, { from, to, subject }: Submission): Promise<string> {
  const envelope = ['--from', from, '--to', to, '--helo', 'application.test'];
  const message = ['--header', `Subject: ${subject}`, '--body', 'A line of text.'];
  const server = ['--server', '127.0.0.1', '--port', String(port)];
  const { stdout } = await promisify(execFile)('swaks', [...server, ...envelope, ...message]);
  const queueId = /queued as (\S+)/.exec(stdout)?.[1];
  if (queueId === undefined) throw new Error(`no queue id in the reply:\n${stdout}`);
  return queueId;
}
