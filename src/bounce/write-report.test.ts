import { describe, expect, it } from 'vitest';
import type { Message } from '../core/mail/message.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { Report } from '../core/report/report.ts';
import { writeReport } from './write-report.ts';

const about: Message = {
  queueId: 'Q1',
  envelope: { sender: 'a@x.test', recipients: [{ address: 'b@y.test' }], body: '8BITMIME', smtpUtf8: true },
  arrivedAt: 0,
  size: 40,
  messageId: '<m@x.test>',
};
const report: Report = {
  kind: 'failure',
  audience: 'sender',
  from: '',
  to: 'a@x.test',
  subject: 'Undelivered Mail Returned to Sender',
  text: 'text\r\n',
  fields: [['Reporting-MTA: dns; relay.test'], ['Action: failed']],
  mayReturnAll: true,
  international: false,
};

async function written(content: string | Error, changed: Partial<Report> = {}, reported = about) {
  const events: LogEvent[] = [];
  async function* chunks(): AsyncGenerator<Buffer> {
    if (content instanceof Error) throw content;
    yield Buffer.from(content);
  }
  const { message, content: bytes } = await writeReport(
    { ...report, ...changed },
    { message: reported, content: chunks },
    {
      hostname: 'relay.test',
      queueId: 'Q2',
      now: 5,
      date: 'DATE',
      limitBytes: 50_000,
      log: (event) => events.push(event),
    },
  );
  return { message, text: bytes.toString(), events };
}

describe('writeReport()', () => {
  it('is a message of our own, of the size it has', async () => {
    const { message, text } = await written('Subject: x\r\n\r\nbody\r\n');
    expect(message).toEqual({
      queueId: 'Q2',
      envelope: { sender: '', recipients: [{ address: 'a@x.test' }], body: '7BIT', smtpUtf8: false },
      arrivedAt: 5,
      size: Buffer.byteLength(text),
      messageId: '<Q2@relay.test>',
    });
    expect(text).toMatch(/^Received: by relay\.test \(dane-relay\)\r\n\tid Q2; DATE\r\n/);
    expect(text).toContain('In-Reply-To: <m@x.test>');
    expect(text).toContain('\r\n\r\nSubject: x\r\n\r\nbody\r\n');
  });

  it.each([
    ['Subject: x\r\n\r\nÄ\r\n', {}, { body: '8BITMIME', smtpUtf8: false }],
    ['Subject: x\r\n\r\nÄ\r\n', { mayReturnAll: false }, { body: '7BIT', smtpUtf8: false }],
    [
      'Subject: x\r\n\r\nÄ\r\n',
      { international: true, to: 'ä@x.test' },
      { body: '8BITMIME', smtpUtf8: true },
    ],
  ])('%#: declares the eight bits it has, RFC 6152 §2', async (content, changed, envelope) => {
    expect((await written(content, changed)).message.envelope).toMatchObject(envelope);
  });

  it('returns the header alone of a message that requires TLS, and requires TLS itself (RFC 8689 §5)', async () => {
    const { envelope } = about;
    const secret = { ...about, envelope: { ...envelope, ret: 'FULL', requireTls: true } } as const;
    const { message, text } = await written('Subject: x\r\n\r\nbody\r\n', {}, secret);
    expect(message.envelope.requireTls).toBe(true);
    expect(text).not.toContain('body');
    const { from, to } = message.redactable ?? { from: 0, to: 0 };
    expect(Buffer.from(text).subarray(from, to).toString()).toBe('Subject: x\r\n');
  });

  it('has nothing of a message that requires TLS whose header cannot be left out again', async () => {
    const secret = { ...about, envelope: { ...about.envelope, requireTls: true } } as const;
    const { message, text } = await written('Subject: x\nX-Secret: y\r\n\r\n', {}, secret);
    expect(text).not.toContain('X-Secret');
    const { from, to } = message.redactable ?? { from: 0, to: 0 };
    expect(text.slice(from, to)).toBe('Message-ID: <m@x.test>\r\n');
    expect((await written('Subject: x\nX-Secret: y\r\n\r\n')).text).toContain('X-Secret');
  });

  it('is as little in need of TLS as the message (RFC 8689 §3)', async () => {
    const { message, text } = await written('Subject: x\r\n\r\n', {}, { ...about, tlsOptional: true });
    expect(message.tlsOptional).toBe(true);
    expect(text).toMatch(/^TLS-Required: No\r$/m);
  });

  it('goes without what cannot be read, and says so: a verdict must not wait for it', async () => {
    const { text, events } = await written(new Error('gone'));
    expect(text).toContain('Content-Type: text/rfc822-headers\r\n');
    expect(text).toContain('\r\n\r\nMessage-ID: <m@x.test>\r\n');
    expect(events).toMatchObject([
      {
        event: 'content unreadable',
        severity: 'error',
        text: 'Q1: cannot read message content for a report: Error: gone',
        fields: { queueId: 'Q1' },
      },
    ]);
  });
});
