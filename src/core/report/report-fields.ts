import type { Tried } from '../mail/tried.ts';
import { isAscii } from '../mail/address.ts';
import type { Message } from '../mail/message.ts';
import { oneLine } from '../mail/printable.ts';
import { encodeUnicodeAddress } from '../mail/xtext.ts';
import type { ReportKind, Reporter } from './reporter.ts';
import type { Subject } from './report-text.ts';

/** Group of `Name: value` lines, folded; the first group is about the message, then one for each recipient. */
export type FieldGroup = readonly string[];

/**
 * RFC 3464 §2: the part for programs.
 * @param international UTF-8 may stand in it (RFC 6533 §4); else it is all ASCII
 */
export function reportFields(
  { kind, message, recipients }: Pick<Subject, 'kind' | 'message' | 'recipients'>,
  reporter: Reporter,
  international: boolean,
): readonly FieldGroup[] {
  const groups = [
    messageFields(message, reporter, international),
    ...recipients.map((tried) => recipientFields(kind, tried, reporter, international)),
  ];
  return groups.map((group) => group.map((field) => fold(international ? field : asciiOnly(field))));
}

/** RFC 3464 §2.2. */
function messageFields(
  { queueId, envelope }: Message,
  { hostname, arrivalDate }: Reporter,
  international: boolean,
): FieldGroup {
  const { envid, sender } = envelope;
  return [
    ...(envid === undefined ? [] : [`Original-Envelope-Id: ${oneLine(envid)}`]),
    `Reporting-MTA: dns; ${hostname}`,
    `X-Dane-Relay-Queue-ID: ${queueId}`,
    `X-Dane-Relay-Sender: ${typedAddress(sender, international)}`,
    `Arrival-Date: ${arrivalDate}`,
  ];
}

const actions: Readonly<Record<ReportKind, string>> = {
  failure: 'failed',
  delay: 'delayed',
  success: 'relayed',
};

/** RFC 3464 §2.3. */
function recipientFields(
  kind: ReportKind,
  { recipient, status }: Tried,
  { date, retryUntil }: Reporter,
  international: boolean,
): FieldGroup {
  const { remote } = status;
  return [
    ...(recipient.orcpt === undefined ? [] : [`Original-Recipient: ${oneLine(recipient.orcpt)}`]),
    `Final-Recipient: ${typedAddress(recipient.address, international)}`,
    `Action: ${actions[kind]}`,
    `Status: ${status.dsn}`,
    ...(remote === undefined ? [] : [`Remote-MTA: dns; ${oneLine(remote.host)}`]),
    remote === undefined
      ? `Diagnostic-Code: X-Dane-Relay; ${diagnostic(status.reason)}`
      : `Diagnostic-Code: smtp; ${diagnostic(remote.reply)}`,
    `Last-Attempt-Date: ${date}`,
    ...(kind === 'delay' ? [`Will-Retry-Until: ${retryUntil}`] : []),
  ];
}

/** RFC 6533 §3: an address outside ASCII is of the type `utf-8`, and in ASCII text its letters are numbers. */
function typedAddress(address: string, international: boolean): string {
  if (isAscii(address)) return `rfc822; ${address}`;
  return `utf-8; ${international ? address : encodeUnicodeAddress(address)}`;
}

/** Characters of a reply that are told to programs. */
const DIAGNOSTIC_LIMIT = 1000;

function diagnostic(text: string): string {
  const line = oneLine(text);
  return line.length > DIAGNOSTIC_LIMIT ? `${line.slice(0, DIAGNOSTIC_LIMIT)}...` : line;
}

/** RFC 3464 §2.1: the fields are ASCII; what a host said in other letters is in the part for people. */
function asciiOnly(field: string): string {
  return field.replaceAll(/[^\p{ASCII}]/gu, '?');
}

const WIDTH = 76;

/** RFC 5322 §2.2.3: long fields go on in the next line, which begins with a space. */
function fold(field: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of field.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ` ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\r\n');
}
