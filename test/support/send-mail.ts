import { createTransport } from 'nodemailer';

export interface Mail {
  readonly from?: string;
  readonly to: string | readonly string[];
  readonly subject?: string;
  /** A complete message instead of one made from the subject. */
  readonly raw?: string | Buffer;
}

/** Hands a mail to a relay as an application would; resolves to the queue id. Rejects with the reply of a refusal. */
export async function sendMail(port: number, mail: Mail, host = '127.0.0.1'): Promise<string> {
  const transport = createTransport({ host, port, ignoreTLS: true });
  const from = mail.from ?? 'sender@relay.test';
  const to = [mail.to].flat();
  const message =
    mail.raw === undefined
      ? { from, to, subject: mail.subject ?? 'hello', text: 'A line of text.\n' }
      : { envelope: { from, to }, raw: mail.raw };
  try {
    const { response } = await transport.sendMail(message);
    return /queued as (\S+)/.exec(response)?.[1] ?? '';
  } finally {
    transport.close();
  }
}
