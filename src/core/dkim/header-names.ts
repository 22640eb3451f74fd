import type { HeaderChoice } from './signature.ts';

/** Nobody shall add one of these to a message. */
const oversigned = [
  'From',
  'Sender',
  'Reply-To',
  'To',
  'Cc',
  'Subject',
  'Date',
  'Message-ID',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
] as const;

/** RFC 6376 §5.4.1 names most of them; large receivers ask for List-Unsubscribe-Post and Feedback-ID. */
const signed = [
  ...oversigned,
  'In-Reply-To',
  'References',
  'Content-ID',
  'Content-Description',
  'Resent-From',
  'Resent-Sender',
  'Resent-To',
  'Resent-Cc',
  'Resent-Date',
  'Resent-Message-ID',
  'List-Id',
  'List-Help',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'List-Subscribe',
  'List-Post',
  'List-Owner',
  'List-Archive',
  'Auto-Submitted',
  'Feedback-ID',
  // RFC 8460 §3: of reports about TLS.
  'TLS-Report-Domain',
  'TLS-Report-Submitter',
  'TLS-Required',
] as const;

/**
 * The header fields that the operator wants signed, and those of them that are oversigned. A list has `built-in`, names, and
 * names with `!` before them, which take them out again.
 */
export function headerChoice(sign: readonly string[], oversign: readonly string[]): HeaderChoice {
  const names = chosen(sign, signed);
  // RFC 6376 §5.4: From must be signed.
  if (!has(names, 'From')) names.unshift('From');
  return { sign: names, oversign: new Set(chosen(oversign, oversigned).map((name) => name.toLowerCase())) };
}

function chosen(words: readonly string[], builtIn: readonly string[]): string[] {
  let names: string[] = [];
  for (const word of words.flatMap((one) => (one === 'built-in' ? builtIn : [one]))) {
    const name = word.replace(/^!/, '');
    if (word.startsWith('!')) names = names.filter((known) => known.toLowerCase() !== name.toLowerCase());
    else if (!has(names, name)) names.push(name);
  }
  return names;
}

function has(names: readonly string[], name: string): boolean {
  return names.some((known) => known.toLowerCase() === name.toLowerCase());
}
