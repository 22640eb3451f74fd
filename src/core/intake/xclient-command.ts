import type { ClientIdentity } from './client-identity.ts';
import type { RefusedCommand } from './path-command.ts';
import {
  badName,
  badValue,
  isRefused,
  isUnavailable,
  readAddress,
  readAttributes,
  readHelo,
  readName,
  readPort,
  unknown,
} from './peer-attributes.ts';

/** What EHLO says of XCLIENT. */
export const xclientOffer = 'XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT';

/** For whom a peer speaks from now on, as far as it says so. */
export interface XclientCommand {
  readonly kind: 'xclient';
  /** `unknown` if the client has none. */
  readonly name?: string;
  /** `unknown` if the peer does not know it. */
  readonly address?: string;
  /** Absent as well if the peer does not know it. */
  readonly port?: number;
  /** What the client said in HELO, without what could break out of a header. */
  readonly helo?: string;
  readonly protocol?: 'SMTP' | 'ESMTP';
  /** The name with which the client has logged in at the peer. */
  readonly user?: string;
}

/**
 * Who the client is after XCLIENT. What the peer itself has shown, its login, its certificate or that it could open a unix
 * socket, gives no rights to those for whom it speaks.
 */
export function speakingFor(peer: ClientIdentity, said: XclientCommand): ClientIdentity {
  const { listener, tls, isHealthCheck, address: peerAddress } = peer;
  const name = said.name ?? (said.address === undefined ? peer.name : unknown);
  return {
    name,
    address: said.address ?? peerAddress,
    ...(said.port !== undefined && { port: said.port }),
    listener,
    isLocal: false,
    ...(tls && { tls }),
    ...(said.user !== undefined && { user: said.user, saslMethod: 'XCLIENT' }),
    certificateMayRelay: false,
    isSpokenFor: true,
    isHealthCheck,
  };
}

/** Reads an XCLIENT command line. */
export function parseXclientCommand(line: string): XclientCommand | RefusedCommand {
  const attributes = readAttributes(line);
  if (isRefused(attributes)) return attributes;
  let command: XclientCommand = { kind: 'xclient' };
  for (const [name, value] of attributes) {
    const read = readAttribute(name, value, command);
    if (isRefused(read)) return read;
    command = read;
  }
  return command;
}

/** What decides nothing here (a name that its address does not confirm, what the client dialled) is read all the same. */
function readAttribute(
  attribute: string,
  value: string,
  said: XclientCommand,
): XclientCommand | RefusedCommand {
  switch (attribute) {
    case 'NAME':
    case 'REVERSE_NAME': {
      const name = readName(value);
      if (name === undefined) return badValue(attribute, value);
      return attribute === 'NAME' ? { ...said, name } : said;
    }
    case 'ADDR':
    case 'DESTADDR': {
      const address = readAddress(value);
      if (address === undefined) return badValue(attribute, value);
      return attribute === 'ADDR' ? { ...said, address } : said;
    }
    case 'PORT':
    case 'DESTPORT': {
      const port = readPort(value);
      if (port === undefined) return badValue(attribute, value);
      return attribute === 'PORT' && port !== unknown ? { ...said, port } : said;
    }
    case 'HELO': {
      const helo = readHelo(value);
      return helo === undefined ? said : { ...said, helo };
    }
    case 'PROTO': {
      const protocol = (['SMTP', 'ESMTP'] as const).find((known) => known === value.toUpperCase());
      return protocol === undefined ? badValue(attribute, value) : { ...said, protocol };
    }
    case 'LOGIN':
      return isUnavailable(value) ? said : { ...said, user: value };
    default:
      return badName('XCLIENT', attribute);
  }
}
