import type { Tried } from '../mail/tried.ts';
import { domainOf } from '../mail/address.ts';
import type { Message } from '../mail/message.ts';
import { oneLine } from '../mail/printable.ts';
import type { DeliveryStatus } from '../mail/status.ts';
import type { Audience, ReportKind, Reporter } from './reporter.ts';
import { explain, type Explanation } from './explain.ts';

/** What the text is about. */
export interface Subject {
  readonly kind: ReportKind;
  readonly audience: Audience;
  readonly message: Message;
  readonly recipients: readonly Tried[];
}

/** The part of a report for people: what happened, why, who can fix it, what happens next. Lines end in CRLF. */
export function reportText(subject: Subject, reporter: Reporter): string {
  const { kind, audience, message, recipients } = subject;
  const paragraphs = [
    `This is the mail relay at ${reporter.hostname}.`,
    ...(audience === 'postmaster' ? [forPostmaster(message)] : []),
    // A report has no sender who could be addressed.
    ...(message.envelope.sender === '' ? [] : [opening(kind, recipients, reporter)]),
    ...blocksOf(kind, recipients),
    ...closing(kind, audience),
  ];
  return paragraphs.map((paragraph) => `${wrap(paragraph)}\r\n`).join('\r\n');
}

function forPostmaster({ envelope: { sender }, queueId }: Message): string {
  return sender === ''
    ? `You receive this as its postmaster. The message ${queueId} could not be delivered to the addresses below. It has no sender who could be told, either because it is a report itself or for another reason. Nobody else is told.`
    : `You receive this as its postmaster. Below is what <${sender}> is told about the message ${queueId}.`;
}

function opening(
  kind: ReportKind,
  recipients: readonly Tried[],
  { arrivalDate, retryUntil, isEnded }: Reporter,
): string {
  if (kind === 'success') {
    return 'Your message for the addresses below was passed on to the next mail host, and that host accepted it. You asked for a confirmation. This is the last one that you will get, because that host does not confirm delivery.';
  }
  if (kind === 'delay') {
    return `Your message has not reached the addresses below yet. This is only a warning: PLEASE DO NOT SEND IT AGAIN. The relay keeps trying until ${retryUntil}. If the message has not been accepted by then, it will be returned to you.`;
  }
  const givenUp = recipients.filter(({ status }) => status.outcome === 'deferred').length;
  if (givenUp === 0) {
    return 'Your message could not be delivered to the addresses below and is returned to you. The relay will not try these addresses again.';
  }
  const end = isEnded ? 'its operator has ended that' : 'the time limit for that has passed';
  const tried = `been trying since ${arrivalDate}, and ${end}`;
  return givenUp === recipients.length
    ? `Your message could not be delivered to the addresses below and is returned to you. The relay has ${tried}.`
    : `Your message could not be delivered to the addresses below and is returned to you. For some of them the relay has ${tried}.`;
}

/** One block for all recipients that share their fate. */
function blocksOf(kind: ReportKind, recipients: readonly Tried[]): readonly string[] {
  const groups = new Map<string, { readonly first: Tried; readonly addresses: string[] }>();
  for (const tried of recipients) {
    const { address } = tried.recipient;
    const { dsn, reason } = tried.status;
    const key = [domainOf(address), dsn, reason].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: tried, addresses: [address] });
    else group.addresses.push(address);
  }
  return [...groups.values()].flatMap(({ first, addresses }) => [
    addresses.map((address) => `<${oneLine(address)}>`).join('\n'),
    ...fateOf(kind, first).map((paragraph) => `${INDENT}${oneLine(paragraph)}`),
  ]);
}

function fateOf(kind: ReportKind, { recipient, status }: Tried): readonly string[] {
  const said = `The log of the relay says: ${shortened(status)}`;
  if (kind === 'success') return [said];
  const explanation = explain(status, recipient.address);
  return [explanation.what, ...advice(kind, explanation, domainOf(recipient.address)), said];
}

function advice(kind: ReportKind, { who }: Explanation, domain: string): readonly string[] {
  if (who === undefined) return [];
  const innocent = 'You have done nothing wrong.';
  if (who === 'operator') return [`${innocent} Please tell your own postmaster, who can fix this.`];
  const tell = `tell the postmaster of ${domain} by telephone or from another mail provider`;
  return kind === 'delay'
    ? [
        `${innocent} You can wait: the relay will deliver the message once this is fixed there. If it is urgent, ${tell}.`,
      ]
    : [`${innocent} Sending the message again will help only once this is fixed there. Please ${tell}.`];
}

function closing(kind: ReportKind, audience: Audience): readonly string[] {
  if (kind === 'success' || audience === 'postmaster') return [];
  return [
    'If you need help, show this whole message to your postmaster. The parts below record what happened.',
  ];
}

/** Characters of a reply that are told to people. */
const REASON_LIMIT = 500;

function shortened({ reason }: DeliveryStatus): string {
  return reason.length > REASON_LIMIT ? `${reason.slice(0, REASON_LIMIT)}...` : reason;
}

const INDENT = '    ';
const WIDTH = 76;

/** Breaks lines between words. A paragraph that begins with blanks has them before each of its lines. */
function wrap(paragraph: string): string {
  return paragraph
    .split('\n')
    .map((line) => wrapLine(line))
    .join('\r\n');
}

function wrapLine(text: string): string {
  const indent = text.startsWith(INDENT) ? INDENT : '';
  const lines: string[] = [];
  let line = indent;
  for (const word of text.trimStart().split(' ')) {
    if (line.trim() === '') line = indent + word;
    else if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join('\r\n');
}
