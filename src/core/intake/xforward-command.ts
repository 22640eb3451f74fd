import { neuterName } from '../mail/received.ts';
import type { RefusedCommand } from './path-command.ts';
import {
  badName,
  badValue,
  isRefused,
  isUnavailable,
  readAddress,
  readAttributes,
  readName,
  readPort,
  unknown,
} from './peer-attributes.ts';

/** What EHLO says of XFORWARD. */
export const xforwardOffer = 'XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT';

/** Longest PROTO, as in Postfix. */
const longestProtocol = 64;

/** Where the next message came from before it was at the peer: for the log alone. */
export interface Origin {
  /** `unknown` if the peer does not know it. */
  readonly name: string;
  /** `unknown` if the peer does not know it. */
  readonly address: string;
  /** Queue id of the message at the peer. */
  readonly ident?: string;
  /** Of the client, and not of the message alone, was something said. */
  readonly hasClient: boolean;
}

const nobody: Origin = { name: unknown, address: unknown, hasClient: false };

export interface XforwardCommand {
  readonly kind: 'xforward';
  readonly origin: Origin;
}

/** Reads an XFORWARD command line. @param before what earlier ones said of the same message */
export function parseXforwardCommand(
  line: string,
  before: Origin = nobody,
): XforwardCommand | RefusedCommand {
  const attributes = readAttributes(line);
  if (isRefused(attributes)) return attributes;
  let origin = before;
  for (const [name, value] of attributes) {
    const read = readAttribute(name, value, origin);
    if (isRefused(read)) return read;
    origin = read;
  }
  return { kind: 'xforward', origin };
}

function readAttribute(attribute: string, value: string, origin: Origin): Origin | RefusedCommand {
  const client = { ...origin, hasClient: true };
  switch (attribute) {
    case 'NAME': {
      const name = readName(value);
      return name === undefined ? badValue(attribute, value) : { ...client, name };
    }
    case 'ADDR': {
      const address = readAddress(value);
      return address === undefined ? badValue(attribute, value) : { ...client, address };
    }
    case 'PORT':
      return readPort(value) === undefined ? badValue(attribute, value) : client;
    case 'HELO':
      return client;
    case 'PROTO':
      return value.length > longestProtocol ? badValue(attribute, value) : client;
    case 'IDENT':
      if (isUnavailable(value)) return withoutIdent(origin);
      return { ...origin, ident: neuterName(value) };
    case 'SOURCE':
      return isUnavailable(value) || /^(?:LOCAL|REMOTE)$/i.test(value) ? origin : badValue(attribute, value);
    default:
      return badName('XFORWARD', attribute);
  }
}

function withoutIdent({ name, address, hasClient }: Origin): Origin {
  return { name, address, hasClient };
}

/** The end of the line that says which client a message is from: `, orig_queue_id=…, orig_client=NAME[ADDR]`. */
export function originText(origin: Origin | undefined): string {
  if (origin === undefined) return '';
  const { name, address, ident, hasClient } = origin;
  const client = address === unknown ? name : `${name}[${address}]`;
  return `${ident === undefined ? '' : `, orig_queue_id=${ident}`}${hasClient ? `, orig_client=${client}` : ''}`;
}
