import { isAscii } from '../mail/address.ts';
import type { Notify, Recipient } from '../mail/message.ts';
import { decodeXtext, embedUnicode } from '../mail/xtext.ts';
import { readEnvelopeAddress } from './envelope-address.ts';
import {
  parsePathCommand,
  refused,
  type RefusedCommand,
  undeclaredUtf8,
  unsupported,
} from './path-command.ts';

/** What a RCPT TO says. */
export interface RcptCommand {
  readonly kind: 'rcpt';
  readonly recipient: Recipient;
}

/** What the command depends on. */
export interface RcptContext {
  /** MAIL FROM had SMTPUTF8. */
  readonly smtpUtf8: boolean;
  /** Our host name: `<postmaster>` without a domain is the postmaster of this host (RFC 5321 §4.5.1). */
  readonly hostname: string;
  /** Domain of a recipient without one; absent: such a recipient is refused. */
  readonly appendOrigin?: string | undefined;
}

/** Reads a RCPT command line. */
export function parseRcptCommand(line: string, context: RcptContext): RcptCommand | RefusedCommand {
  const command = parsePathCommand(line, 'RCPT TO');
  if (command.kind === 'refused') return command;
  let notify: readonly Notify[] | undefined;
  let orcpt: string | undefined;
  for (const [keyword, value] of command.parameters) {
    if (keyword === 'NOTIFY') {
      notify = parseNotify(value);
      if (notify === undefined) return refused('501 5.5.4 Error: Bad NOTIFY parameter syntax');
    } else if (keyword === 'ORCPT') {
      orcpt = parseOrcpt(value, context.smtpUtf8);
      if (orcpt === undefined) return refused('501 5.5.4 Error: Bad ORCPT parameter syntax');
    } else {
      return unsupported(keyword, value);
    }
  }
  const { path } = command;
  if (!context.smtpUtf8 && !isAscii(path)) return undeclaredUtf8;
  const isPostmaster = path.toLowerCase() === 'postmaster';
  const found = readEnvelopeAddress(
    path,
    context.appendOrigin ?? (isPostmaster ? context.hostname : undefined),
  );
  if (found === undefined) return refused('501 5.1.3 Bad recipient address syntax');
  if (found === 'unqualified')
    return refused(`550 5.1.3 <${path}>: Recipient address rejected: need fully-qualified address`);
  return { kind: 'rcpt', recipient: { ...found, ...(notify && { notify }), ...(orcpt && { orcpt }) } };
}

const conditions: readonly Notify[] = ['SUCCESS', 'FAILURE', 'DELAY'];

/** RFC 3461 §4.1: NEVER alone, or a list of the others. */
function parseNotify(value: string): readonly Notify[] | undefined {
  const words = value.toUpperCase().split(',');
  if (words.length === 1 && words[0] === 'NEVER') return ['NEVER'];
  const known = conditions.filter((condition) => words.includes(condition));
  return words.every((word) => conditions.some((condition) => condition === word)) ? known : undefined;
}

/**
 * RFC 3461 §4.2: `addr-type;xtext`, up to 500 characters, printable ASCII when decoded. With SMTPUTF8 a `utf-8` address
 * may hold plain UTF-8 (RFC 6533 §3). It is kept in that type's ASCII form, so that any server can take it.
 */
function parseOrcpt(value: string, smtpUtf8: boolean): string | undefined {
  const [, type = '', address = ''] = /^([a-z0-9][a-z0-9-]*);(.+)$/iu.exec(value) ?? [];
  const ascii = smtpUtf8 && type.toLowerCase() === 'utf-8' ? embedUnicode(address) : address;
  const decoded = decodeXtext(ascii);
  if (decoded === undefined || !/^[ -~]+$/.test(decoded)) return undefined;
  return type.length + decoded.length < 500 ? `${type};${decoded}` : undefined;
}
