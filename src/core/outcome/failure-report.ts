import type { Message } from '../mail/message.ts';
import type { Tried } from './settle.ts';

/** Who reports, and when. */
export interface Reporter {
  /** RFC 3464 §2.2.2: our own host name. */
  readonly hostname: string;
  /** RFC 5322 date text of now. */
  readonly date: string;
  /** RFC 5322 date text of the arrival of the message. */
  readonly arrivalDate: string;
}

/** What a report to the sender says, before it is laid out as MIME. */
export interface FailureReport {
  readonly to: string;
  readonly subject: string;
  /** The part for people. */
  readonly text: string;
  /** RFC 3464 §2: the part for programs; groups of `Name: value` lines, the first about the message. */
  readonly fields: readonly (readonly string[])[];
}

/**
 * RFC 3461 §4.1, RFC 5321 §6.1: whom a failure is reported for. Nobody when the message itself is a report (null
 * sender) or the sender did not want to hear of it.
 */
export function reportable(message: Message, failed: readonly Tried[]): readonly Tried[] {
  if (message.envelope.sender === '') return [];
  return failed.filter(({ recipient: { notify } }) => notify === undefined || notify.includes('FAILURE'));
}

/** RFC 3464: the non-delivery report for recipients that were refused or given up. */
export function failureReport(
  message: Message,
  failed: readonly Tried[],
  expired: boolean,
  reporter: Reporter,
): FailureReport {
  return {
    to: message.envelope.sender,
    subject: 'Undelivered Mail Returned to Sender',
    text: humanText(failed, expired, reporter.hostname),
    fields: [messageFields(message, reporter), ...failed.map((tried) => recipientFields(tried, reporter))],
  };
}

function humanText(failed: readonly Tried[], expired: boolean, hostname: string): string {
  const opening = expired
    ? 'Your message could not be delivered in time and is returned to you. It was tried again and again until its time was up.'
    : 'Your message could not be delivered to the recipients below and is returned to you. It will not be tried again for them.';
  const blocks = failed.map(({ recipient, status }) =>
    wrap(`<${recipient.address}>: ${status.reason}`, '    '),
  );
  return [
    `This is the mail relay at ${hostname}.`,
    '',
    wrap(opening, ''),
    '',
    'The answers that stopped it:',
    '',
    ...blocks.flatMap((block) => [block, '']),
    wrap(
      'If you need help, show this whole message to your postmaster: the attached report tells what happened.',
      '',
    ),
    '',
  ].join('\r\n');
}

/** RFC 3464 §2.2. */
function messageFields(
  { queueId, envelope }: Message,
  { hostname, arrivalDate }: Reporter,
): readonly string[] {
  return [
    ...(envelope.envid === undefined ? [] : [`Original-Envelope-Id: ${oneLine(envelope.envid)}`]),
    `Reporting-MTA: dns; ${hostname}`,
    `Arrival-Date: ${arrivalDate}`,
    `X-Dane-Relay-Queue-ID: ${queueId}`,
  ];
}

/** RFC 3464 §2.3. */
function recipientFields({ recipient, status }: Tried, { date }: Reporter): readonly string[] {
  const { remote } = status;
  const type = isAscii(recipient.address) ? 'rfc822' : 'utf-8'; // RFC 6533 §3
  return [
    ...(recipient.orcpt === undefined ? [] : [`Original-Recipient: ${oneLine(recipient.orcpt)}`]),
    `Final-Recipient: ${type}; ${recipient.address}`,
    'Action: failed',
    `Status: ${status.dsn}`,
    ...(remote === undefined ? [] : [`Remote-MTA: dns; ${remote.host}`]),
    remote === undefined
      ? `Diagnostic-Code: X-Dane-Relay; ${oneLine(status.reason)}`
      : `Diagnostic-Code: smtp; ${oneLine(remote.reply)}`,
    `Last-Attempt-Date: ${date}`,
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').replaceAll(/\p{Cc}/gu, '?');
}

function isAscii(text: string): boolean {
  return /^[\u0020-\u007E]*$/.test(text);
}

const WIDTH = 76;

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of oneLine(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\r\n');
}
