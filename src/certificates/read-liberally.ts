import { Certificate, type AltName, type RelativeDistinguishedNames } from 'pkijs';
import { certificateFault } from '../core/dane/certificate-fault.ts';
import { countValues } from '../core/dane/octet-walk.ts';
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

/** The library builds an object for every value, and remote hosts choose how many there are. */
const MOST_VALUES = 4_000;
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
  const alternative = extensions.find(({ extnID }) => extnID === '2.5.29.17')?.parsedValue as
    | AltName
    | undefined;
  return {
    subject: nameText(subject),
    issuer: nameText(issuer),
    names: (alternative?.altNames ?? []).slice(0, MOST_NAMES).map(alternativeText),
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

/** The tags of a GeneralName (RFC 5280 §4.2.1.6). */
function alternativeText({ type, value }: AltName['altNames'][number]): string {
  switch (type) {
    case 1:
      return `email:${shown(String(value))}`;
    case 2:
      return `DNS:${shown(String(value))}`;
    case 6:
      return `URI:${shown(String(value))}`;
    case 7:
      return `IP:${addressText(value)}`;
    default:
      return 'another name';
  }
}

function addressText(value: unknown): string {
  const octets = (value as { readonly valueBlock?: { readonly valueHexView?: Uint8Array } }).valueBlock
    ?.valueHexView;
  if (octets?.length === 4) return octets.join('.');
  return octets?.length === 16 ? ipv6Text(octets) : '?';
}

function shown(text: string): string {
  return printable(text).slice(0, LONGEST_NAME);
}
