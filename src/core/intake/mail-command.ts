import { isAscii } from '../mail/address.ts';
import { decodeXtext } from '../mail/xtext.ts';
import { readEnvelopeAddress } from './envelope-address.ts';
import {
  parsePathCommand,
  refused,
  type RefusedCommand,
  undeclaredUtf8,
  unsupported,
} from './path-command.ts';

/** What a MAIL FROM says. */
export interface MailCommand {
  readonly kind: 'mail';
  /** Domain in A-labels; empty for the null sender. */
  readonly sender: string;
  /** The sender with its domain as the client wrote it; absent if that is `sender`. */
  readonly senderWritten?: string;
  readonly body: '7BIT' | '8BITMIME';
  readonly smtpUtf8: boolean;
  readonly ret?: 'FULL' | 'HDRS';
  /** Decoded from xtext. */
  readonly envid?: string;
  /** RFC 8689 §2. */
  readonly requireTls?: true;
  /** RFC 1870 §6: what the client expects the size to be. */
  readonly declaredSizeBytes?: number;
}

type Parameters = {
  -readonly [K in keyof Omit<MailCommand, 'kind' | 'sender' | 'senderWritten'>]: MailCommand[K];
};

/** What the command depends on. */
export interface MailContext {
  readonly messageSizeLimitBytes: number;
  /** Domain of a sender without one; absent: such a sender is refused. */
  readonly appendOrigin?: string | undefined;
  /** Whether it may have an AUTH parameter. */
  readonly takesAuth?: boolean;
  /** Whether it may have a REQUIRETLS parameter; `under TLS`: not before STARTTLS. */
  readonly takesRequireTls?: RequireTlsOffer;
}

/** RFC 8689 §2: the extension exists in a session with TLS alone. */
export type RequireTlsOffer = 'offered' | 'under TLS' | 'none';

/** Reads a MAIL command line. */
export function parseMailCommand(
  line: string,
  { messageSizeLimitBytes, appendOrigin, takesAuth = false, takesRequireTls = 'none' }: MailContext,
): MailCommand | RefusedCommand {
  const command = parsePathCommand(line, 'MAIL FROM');
  if (command.kind === 'refused') return command;
  const found: Parameters = { body: '7BIT', smtpUtf8: false };
  for (const [keyword, value] of command.parameters) {
    const refusal =
      keyword === 'AUTH' && takesAuth
        ? refusedAuth(value)
        : keyword === 'REQUIRETLS'
          ? readRequireTls(value, takesRequireTls, found)
          : readParameter(keyword, value, found);
    if (refusal) return refusal;
  }
  if ((found.declaredSizeBytes ?? 0) > messageSizeLimitBytes) {
    return refused('552 5.3.4 Message size exceeds fixed limit');
  }
  const { path } = command;
  if (!found.smtpUtf8 && !isAscii(path)) return undeclaredUtf8;
  if (path === '') return { kind: 'mail', sender: '', ...found };
  const sender = readEnvelopeAddress(path, appendOrigin);
  if (sender === undefined) return refused('501 5.1.7 Bad sender address syntax');
  if (sender === 'unqualified')
    return refused(`553 5.1.7 <${path}>: Sender address rejected: need fully-qualified address`);
  const { address, written } = sender;
  return {
    kind: 'mail',
    sender: address,
    ...(written !== undefined && { senderWritten: written }),
    ...found,
  };
}

/** RFC 4954 §5: `<>` or an address in xtext. Whoever it names, we believe nobody, and tell nobody. */
function refusedAuth(value: string): RefusedCommand | undefined {
  if (value === '<>' || (value !== '' && decodeXtext(value) !== undefined)) return undefined;
  return refused('501 5.5.4 Bad AUTH parameter syntax');
}

/** RFC 8689 §2: no value, and not in clear: whoever reads along could take it out. */
function readRequireTls(
  value: string,
  offer: RequireTlsOffer,
  found: Parameters,
): RefusedCommand | undefined {
  if (offer === 'none' || value !== '') return unsupported('REQUIRETLS', value);
  if (offer === 'under TLS') return refused('530 5.7.10 Error: REQUIRETLS needs TLS: STARTTLS comes first');
  found.requireTls = true;
  return undefined;
}

function readParameter(keyword: string, value: string, found: Parameters): RefusedCommand | undefined {
  const upper = value.toUpperCase();
  switch (keyword) {
    case 'SIZE': // RFC 1870 §5
      if (!/^\d{1,20}$/.test(value)) return refused('501 5.5.4 Bad message size syntax');
      found.declaredSizeBytes = Number(value);
      return undefined;
    case 'BODY': // RFC 6152 §2
      if (upper !== '7BIT' && upper !== '8BITMIME') return unsupported(keyword, value);
      found.body = upper;
      return undefined;
    case 'SMTPUTF8': // RFC 6531 §3.4
      if (value !== '') return unsupported(keyword, value);
      found.smtpUtf8 = true;
      return undefined;
    case 'RET': // RFC 3461 §4.3
      if (upper !== 'FULL' && upper !== 'HDRS') return refused('501 5.5.4 Bad RET parameter syntax');
      found.ret = upper;
      return undefined;
    case 'ENVID': {
      // RFC 3461 §4.4: up to 100 printable ASCII characters.
      const envid = decodeXtext(value);
      if (envid === undefined || !/^[ -~]{1,100}$/.test(envid))
        return refused('501 5.5.4 Bad ENVID parameter syntax');
      found.envid = envid;
      return undefined;
    }
    default:
      return unsupported(keyword, value);
  }
}
