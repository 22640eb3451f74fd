import { Certificate, type RelativeDistinguishedNames } from 'pkijs';
import { certificateFault } from '../core/dane/certificate-fault.ts';
import { countValues, extentAt, extentsIn } from '../core/dane/octet-walk.ts';
import { ipv6Text } from '../core/dns/ipv6-text.ts';
import { printable } from '../core/mail/printable.ts';

/** What a certificate says, for people. Nothing of it is verified, and nothing is decided by it. */
export interface LiberalReading {
  /** `/O=Example/CN=mx.example.org`; empty if that cannot be read. */
  readonly subject: string;
  readonly issuer: string;
  /** `DNS:mx.example.org`, `IP:192.0.2.1`; the first hundred. */
  readonly names: readonly string[];
  /** Epoch milliseconds; absent if the certificate says something that is no time. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Why the relay takes it for no certificate; absent if it takes it for one. */
  readonly refused?: string;
}

/** The library takes some 20 microseconds for every value, and remote hosts choose how many there are. */
const MOST_VALUES = 1_000;
const MOST_OCTETS = 65_536;
const MOST_NAMES = 100;
const LONGEST_NAME = 300;

/**
 * Reads as much as can be read of a certificate, by a library that takes much of what the relay refuses. Never throws:
 * of what is no certificate at all there is nothing to read, only why.
 */
export function readLiberally(der: Uint8Array): LiberalReading {
  const refused = certificateFault(der);
  const why = refused === undefined ? {} : { refused };
  if (der.length > MOST_OCTETS || countValues(der, { start: 0, end: der.length }) > MOST_VALUES)
    return { ...nothing, refused: refused ?? 'it is too large to be shown' };
  try {
    return { ...reading(Certificate.fromBER(Uint8Array.from(der))), ...why };
  } catch {
    return { ...nothing, ...why };
  }
}

const nothing = { subject: '', issuer: '', names: [] } as const;

function reading({ subject, issuer, notBefore, notAfter, extensions = [] }: Certificate): LiberalReading {
  const from = notBefore.value.getTime();
  const until = notAfter.value.getTime();
  const alternative = extensions.find(({ extnID }) => extnID === '2.5.29.17');
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    names: alternativeNames(alternative?.extnValue.valueBlock.valueHexView ?? new Uint8Array()),
    ...(Number.isFinite(from) && { notBefore: from }),
    ...(Number.isFinite(until) && { notAfter: until }),
  };
}

const shortNames: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

function nameText({ typesAndValues }: RelativeDistinguishedNames): string {
  const parts = typesAndValues.map(({ type, value }) => {
    const text: unknown = value.valueBlock.value;
    return `/${shortNames.get(type) ?? type}=${typeof text === 'string' ? text : '?'}`;
  });
  return shown(parts.join(''));
}

/** The library would take a quarter of a millisecond for each name, so they are read here (RFC 5280 §4.2.1.6). */
function alternativeNames(octets: Uint8Array): readonly string[] {
  const list = extentAt(octets, 0, octets.length);
  const names = list === undefined ? [] : (extentsIn(octets, list) ?? []);
  return names.slice(0, MOST_NAMES).map(({ tag, start, end }) => nameOf(tag, octets.subarray(start, end)));
}

function nameOf(tag: number, content: Uint8Array): string {
  const text = (): string => shown(Buffer.from(content).toString('latin1'));
  switch (tag) {
    case 0x81:
      return `email:${text()}`;
    case 0x82:
      return `DNS:${text()}`;
    case 0x86:
      return `URI:${text()}`;
    case 0x87:
      return `IP:${content.length === 4 ? content.join('.') : content.length === 16 ? ipv6Text(content) : '?'}`;
    default:
      return 'another name';
  }
}

function shown(text: string): string {
  return printable(text).slice(0, LONGEST_NAME);
}
