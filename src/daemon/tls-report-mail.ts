import type { Log } from '../core/log/log-event.ts';
import { activeLine, messageIdLine } from '../core/log/log-line.ts';
import type { Message } from '../core/mail/message.ts';
import { submitterDomain, type Submitter } from '../core/tlsrpt/report.ts';
import { reportMail } from '../core/tlsrpt/report-mail.ts';
import { signingLine } from '../dkim/log-lines.ts';
import { withSignature } from '../dkim/sign-content.ts';
import { QueueError, type Queue } from '../queue/open-queue.ts';
import { noKeyForReports } from '../tlsrpt/log-lines.ts';
import type { NotNow, ReadyReport, SendPorts } from '../tlsrpt/send-reports.ts';
import { dateText } from './reporting.ts';
import type { Signing } from './signing.ts';
import type { Transports } from './transports.ts';

export interface ReportMailParts {
  readonly submitter: Submitter;
  readonly hostname: string;
  readonly queue: Pick<Queue, 'accept'>;
  readonly transports: Pick<Transports, 'nextHopOf'>;
  readonly signing: Pick<Signing, 'sign'>;
  readonly newQueueId: () => string;
  readonly log: Log;
}

/** Puts reports into the queue as signed mail, each once for each address, whatever happens in between. */
export function reportMailer(parts: ReportMailParts): SendPorts['mail'] {
  const { submitter, hostname, queue, transports, signing, newQueueId, log } = parts;
  const domain = submitterDomain(submitter);
  let isMissing = false;

  /** The signature is the proof of who reports (RFC 8460 §3): without that of this very domain there is no mail. */
  async function signed(
    message: Message,
    content: Buffer,
  ): Promise<{ readonly message: Message; readonly content: Buffer } | 'no key' | NotNow> {
    const signer = signing.sign()?.();
    signer?.push(content);
    const signature = await signer?.end();
    const notes = signature?.notes ?? [];
    const isOurs = notes.some((note) => note.kind === 'signed' && note.domain.toLowerCase() === domain);
    if (signature === undefined || !isOurs) {
      const trouble = notes.find((note) => note.kind === 'unsigned' && note.isTrouble);
      if (trouble?.kind === 'unsigned') return { why: trouble.reason };
      if (!isMissing) log(noKeyForReports(domain));
      isMissing = true;
      return 'no key';
    }
    isMissing = false;
    for (const note of notes) log(signingLine(message.queueId, note));
    return {
      message: withSignature(message, signature),
      content: Buffer.concat([signature.fields, content]),
    };
  }

  return async (to, report) => {
    const now = Date.now();
    const queueId = newQueueId();
    const messageId = `<${queueId}@${hostname}>`;
    const content = reportMail({ ...report, submitter, to, date: dateText(now), messageId });
    const ready = await signed(messageOf({ to, submitter, queueId, messageId, now }, content), content);
    if (ready === 'no key' || 'why' in ready) return ready;
    try {
      const message = await queue.accept({
        queueId,
        content: once(ready.content),
        takenOnce: takenName(report, to),
        finish: () => ({ message: ready.message, routing: new Map([[transports.nextHopOf(to), [0]]]) }),
      });
      log(messageIdLine(queueId, messageId));
      log(activeLine(message, 1));
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      // `QUEUE_TAKEN`: it was put there before a crash.
      if (error.code !== 'QUEUE_TAKEN') return { why: error.message };
    }
    return 'queued';
  };
}

/** Unlike the name of any file in a maildrop. */
function takenName({ reportId }: ReadyReport, to: string): string {
  return `tlsrpt ${reportId} ${to}`;
}

interface Frame {
  readonly to: string;
  readonly submitter: Submitter;
  readonly queueId: string;
  readonly messageId: string;
  readonly now: number;
}

function messageOf({ to, submitter, queueId, messageId, now }: Frame, content: Buffer): Message {
  return {
    queueId,
    envelope: {
      sender: submitter.contact,
      // RFC 8460 §5.5: nobody is told if it does not arrive.
      recipients: [{ address: to, notify: ['NEVER'] }],
      body: '7BIT',
      smtpUtf8: false,
    },
    arrivedAt: now,
    size: content.length,
    messageId,
    tlsReport: true,
  };
}

async function* once(content: Buffer): AsyncGenerator<Buffer, void, void> {
  yield content;
}
